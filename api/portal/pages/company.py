"""A party's own certificate: the text its company signs, and what it signed, brought by three files."""

from fastapi import Response

from api import company_views as views
from api.portal.forms import Form, FormDep
from api.portal.visit import VisitDep, page_router
from registry.kit.errors import Refusal
from registry.parties.certifying import record_statement, statement_about
from registry.parties.statements import MAX_BYTES, StatementRefused, read_pem, said_at_in

router = page_router()
HERE = "/party/company"
COMMAND = "openssl dgst -sha256 -sign company.key -out statement.sig statement.txt"


@router.get(HERE)
def own_company_page(visit: VisitDep) -> Response:
    return _page(visit)


@router.post(HERE + "/statement")
def own_statement_file(visit: VisitDep, form: FormDep) -> Response:
    """The text to sign, as of now."""
    try:
        with visit.read() as session:
            text = statement_about(session, visit.context, visit.party, _chain(form)).text
    except StatementRefused as problem:
        return _page(visit, problem)
    headers = {"Content-Disposition": 'attachment; filename="statement.txt"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


@router.post(HERE)
def own_company_post(visit: VisitDep, form: FormDep) -> Response:
    try:
        said_at, signature = said_at_in(_content(form, "statement")), _content(form, "signature")
        record_statement(visit.context, visit.party, said_at, _chain(form), signature)
    except StatementRefused as problem:
        return _page(visit, problem)
    return visit.go(HERE)


def _page(visit: VisitDep, problem: Refusal | None = None) -> Response:
    with visit.read() as session:
        found = views.companies(session, visit.party)
    return visit.page("own_company.html", items=found, problem=problem, command=COMMAND)


def _chain(form: Form) -> list[bytes]:
    return read_pem(_content(form, "certificate"))


def _content(form: Form, name: str) -> bytes:
    """Of one uploaded file; nothing where there is none."""
    files = form.files(name)
    return files[0].file.read(MAX_BYTES + 1) if files else b""
