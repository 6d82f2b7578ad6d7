"""What a browser may load and do on our pages: nothing that isn't ours, no script or style in the HTML."""

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def written(directives: dict[str, str]) -> str:
    """The policy as the header says it."""
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


UNCHANGED = written(POLICY)


def content_security_policy(get_response):
    """Middleware: send the policy with every answer. A view may widen single directives by `widen_policy`."""

    def middleware(request):
        response = get_response(request)
        changes = getattr(response, "policy_changes", None)
        response.headers.setdefault("Content-Security-Policy", written(POLICY | changes) if changes else UNCHANGED)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response

    return middleware


def widen_policy(response, **directives):
    """Change directives for this answer alone: `widen_policy(answer, frame_ancestors="https://acme.example")`.

    An answer that others may frame also loses X-Frame-Options, which knows no list of sites.
    """
    changes = {name.replace("_", "-"): sources for name, sources in directives.items()}
    unknown = changes.keys() - POLICY.keys()
    if unknown:
        raise ValueError(f"the content security policy has no directive {', '.join(sorted(unknown))}")
    response.policy_changes = getattr(response, "policy_changes", {}) | changes
    if "frame-ancestors" in changes:
        response.xframe_options_exempt = True
    return response
