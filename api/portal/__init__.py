"""The web pages. How they are made, and what a new one needs:

- **A page** is a function in ``pages/<who>.py`` on a ``router = page_router()``, taking ``visit: VisitDep`` and
  returning ``visit.page("name.html", key=value, …)``. ``visit`` has ``actor``, ``party``, ``context`` (for use
  cases), ``service``, ``language``, ``read()`` (a session that sees what the actor may see) and ``_()``. The
  module is named in ``routes.AREAS``. Who may open a page stands by its function's name in ``api.auth.access.PAGES``;
  with one that is missing there the server does not start.
- **A form** that changes something posts with the hidden field ``form_token`` (``{{ form_token() }}``) and is read
  by ``form: FormDep``: ``form["name"]``, ``form.text("name")``, ``form.several("name")``, ``form.files("name")``.
  What comes from another site or session is a 403 before the function runs. A post ends with ``visit.go("/…")``.
- **A signed act** is an entry of its area's ``ACTS``: name → ``acts.SignedAct`` with title, what it is about, what is
  asked (``api.asking.ask`` of a message), the use case, what follows, and the fields to fill in
  first. That makes ``/sign/{name}/{about}`` (form, sentence, every typed field, signer; in that table it
  is ``sign_<name>``) and then ``/acts/{id}``, which follows the act. Link: ``{{ act_link("confirm", id) }}``.
- **What awaits somebody** is a function in its area's ``WAITING``: (session, context, actor) → ``waiting.Waiting``
  rows, shown on the home page: the reader's own, and those that wait for others.
- **Ids** in addresses come as ``ids.ReceivableId`` and ``ids.LotId``, and are written as views give them.
- **The menu** is ``render.MENU``: address, text, roles.
- **Templates** extend ``layout.html`` and fill ``title`` and ``content``. Texts: ``{{ _("…") }}`` in templates,
  ``mark("…")`` for constants and ``visit._()`` in Python; then run ``scripts/words`` and fill in ``locale/zh.po``.
  A test fails for a bare text and for a missing or fuzzy translation. Filters: ``money`` (a money View),
  ``minor(currency)``, ``day``, ``when`` (an instant; shown in the reader's zone), ``party``, ``short_id``,
  ``status_word``, ``say`` (a sentence in the reader's language). Macros in ``parts.html``: ``badge(status)``,
  ``facts([(term, value), …])``, ``empty(text)`` for lists that say why they are empty, ``hidden(values)``,
  ``signer()``.
- **Style**: no inline style or script (the content security policy stops both); use the classes of
  ``assets/counterfoil.css``. Never color alone: every badge has its word. Tables have captions.
- **Script**: none per page. ``assets/counterfoil.mjs`` finds ``data-…`` attributes; htmx serves polling and parts
  of pages (``hx-get``). Every page must read and every post that needs no key must work without it.

Refusals become pages by themselves (``refused``). Nothing here imports ``api.v1``.
"""
