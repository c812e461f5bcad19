"""Requests that were drawn at random once: kept with a digest of each answer, which would fill many megabytes."""

import hashlib

from tests.corpus.area import Area


def answered_again(area: Area, record: str) -> tuple[str, list[str]]:
    """Send every request of a record again; return the record as it is now, and each that is answered otherwise.

    A line holds an address, a language, a request and the SHA-256 of status and body.
    """
    lines, wrong = [], []
    with area.served():
        for line in record.splitlines():
            url, language, request, digest = line.split("\t")
            headers = {"Content-Type": "application/json", "Accept-Language": language}
            answer = area.ask("POST", url, content=request.encode(), headers=headers, shown=False)
            found = hashlib.sha256(f"{answer.status_code}\n".encode() + answer.content).hexdigest()
            lines.append(f"{url}\t{language}\t{request}\t{found}\n")
            if found != digest:
                wrong.append(f"POST {url} ({language}) {request}\n{answer.status_code} {answer.text}")
    return "".join(lines), wrong
