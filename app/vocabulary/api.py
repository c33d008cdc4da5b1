"""Route of the vocabulary, so that no client has to copy it."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Response

from app.vocabulary.codes import VOCABULARY_VERSION
from app.vocabulary.schemas import Vocabulary, VocabularyList, VocabularyTerm
from app.vocabulary.terms import LISTS

router = APIRouter(tags=["vocabulary"])


def _shown() -> Vocabulary:
    return Vocabulary(
        version=VOCABULARY_VERSION,
        language="en",
        lists=[
            VocabularyList(
                name=listed.name,
                codes=[
                    VocabularyTerm(
                        code=term.code.value,
                        label=term.label,
                        candidate_text=term.candidate_text,
                        since=term.since,
                        deprecated=term.deprecated,
                        crosswalk=dict(term.crosswalk),
                        group=term.group,
                    )
                    for term in listed.terms
                ],
            )
            for listed in LISTS
        ],
    )


# Built once: the same bytes for everyone.
_BODY = _shown().model_dump_json().encode()
_ETAG = f'"{hashlib.sha256(_BODY).hexdigest()[:32]}"'
_HEADERS = {"Cache-Control": "public, max-age=3600", "ETag": _ETAG}


@router.get(
    "/v1/vocabulary",
    operation_id="get_vocabulary",
    summary="Every code, with what each side reads",
    response_model=Vocabulary,
    responses={304: {"description": "You have the current version already."}},
)
async def get_vocabulary(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Return every list of codes. It changes only with releases of the service, and may be cached."""
    if if_none_match is not None and _ETAG in if_none_match:
        return Response(status_code=304, headers=_HEADERS)
    return Response(_BODY, media_type="application/json", headers=_HEADERS)
