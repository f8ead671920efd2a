"""The web pages. How they are made, and what a new one needs:

- **A page** is a function in ``pages/<who>.py`` on a ``router = page_router()``, taking ``visit: VisitDep`` and
  returning ``visit.page("name.html", key=value, …)``. ``visit`` has ``actor``, ``context``, ``service``,
  ``language``, ``read()`` (a session that sees what the actor may see) and ``_()`` (translates). Routers
  are listed in ``routes.AREAS``. Who may open it stands by the function's name in ``doors.DOORS``; a page
  missing there does not start.
- **A form** that changes something posts with ``{{ form_token() }}`` inside and is read by ``form: FormDep``
  (``form["name"]``, ``form.text("name")``, ``form.file("name")``): what came from another site or session is a
  403 before the page's function runs. End a post with ``visit.go("/where")`` (303).
- **A signed act** is an entry in ``acts.ACTS``: title, what is asked (a ``View`` as ``api.signing.to_sign`` makes
  it), what is done with the consents (the use case), and the fields to fill in first. The entry gives
  ``/sign/{name}/{about}``: the form, the sentence, every typed field, the signer, and afterwards ``/acts/{id}``.
  Link to it with ``{{ act_link("confirm", id) }}``.
- **What awaits somebody** is a function in ``waiting.SOURCES``: (session, context, actor) → ``Waiting`` rows,
  shown on the home page.
- **The menu** is ``render.MENU``: address, text, roles.
- **Templates** extend ``layout.html`` and fill ``title`` and ``content``. Texts: ``{{ _("…") }}`` in templates,
  ``mark("…")`` for constants and ``visit._()`` in Python; then run ``scripts/words`` and fill in ``locale/zh.po``.
  A test fails for a bare text and for a missing or fuzzy translation. Filters: ``money`` (a money View),
  ``minor(currency)``, ``day``, ``when`` (an instant; shown in the reader's zone), ``party``, ``short_id``,
  ``status``, ``say`` (a sentence in the reader's language). Macros in ``parts.html``: ``table``-like lists with
  ``listing``, ``empty``, ``badge``, ``amount``.
- **Style**: no inline style or script (the content security policy stops both); use the classes of
  ``assets/counterfoil.css``. Never color alone: every badge has its word. Tables have captions.
- **Script**: none per page. ``assets/counterfoil.mjs`` finds ``data-…`` attributes; htmx serves polling and parts
  of pages (``hx-get``). Every page must read and every post that needs no key must work without it.

Refusals become pages by themselves (``refused``). Nothing here imports ``api.v1``.
"""
