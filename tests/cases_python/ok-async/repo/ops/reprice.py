import asyncio
import os

import asyncpg

from ops.checks import only_in_ci, right_database


async def main() -> None:
    await only_in_ci("reprice")
    right_database("prod")
    conn = await asyncpg.connect(os.environ["DATABASE_URL"])
    await conn.execute("UPDATE prices SET cents = $1 WHERE code = $2", 1, "tea")
    await conn.close()


if __name__ == "__main__":
    asyncio.run(main())
