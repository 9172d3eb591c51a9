#!/usr/bin/env python3
"""A service between msiwatch and the real one that swallows requests.

    unanswered.py SOCKET SERVICE METHOD FOLDER

As long as FOLDER/unanswered is there, requests with METHOD are not passed on, so they are never
answered; it has a line for each of them.
"""
import asyncio
import json
import os
import sys


def main():
    socket, service, method, folder = sys.argv[1:]
    swallowed = os.path.join(folder, "unanswered")

    def is_swallowed(line):
        if json.loads(line).get("method") != method:
            return False
        try:
            said = os.open(swallowed, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            return False
        os.write(said, line)
        os.close(said)
        return True

    async def pass_on(reader, writer, swallowed):
        while line := await reader.readline():
            if not swallowed(line):
                writer.write(line)
                await writer.drain()
        writer.close()

    async def take(reader, writer):
        theirs, ours = await asyncio.open_unix_connection(service, limit=1 << 20)
        await asyncio.gather(pass_on(reader, ours, is_swallowed),
                             pass_on(theirs, writer, lambda line: False), return_exceptions=True)

    async def serve():
        async with await asyncio.start_unix_server(take, socket) as server:
            await server.serve_forever()

    asyncio.run(serve())


main()
