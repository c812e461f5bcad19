"""The site whose page sent a request, by the headers in which a browser names it."""

from starlette.requests import Request


def is_foreign(request: Request) -> bool:
    """Whether a page of another site sent a request.

    A browser so old that it names neither site nor origin, and a program, pass.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    # Without the scheme: behind a proxy that ends TLS, the service sees another scheme than the browser.
    return origin is not None and origin.partition("://")[2] != request.base_url.netloc
