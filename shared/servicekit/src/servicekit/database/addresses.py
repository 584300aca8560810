"""Database addresses as each library takes them."""


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy's asyncpg dialect; accepts postgres:// and postgresql://."""
    for scheme in ("postgresql+asyncpg://", "postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    raise ValueError("a database address starts with postgresql://")


def asyncpg_url(url: str) -> str:
    """The same address for asyncpg itself."""
    return sqlalchemy_url(url).replace("postgresql+asyncpg://", "postgresql://", 1)
