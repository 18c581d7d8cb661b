"""Chapter & Verse, the engine: cited, verbatim answers from policy documents.

ingest    load -> notes -> chunking -> embed -> index      Document -> Passage -> vector -> stored
ask       rewrite -> retrieve -> answer -> cite -> render
          Question -> Hit -> Statement -> Citation -> Answer
"""
