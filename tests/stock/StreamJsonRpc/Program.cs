// A client on StreamJsonRpc, whose NewLineDelimitedMessageHandler frames as the service does. What it
// does and prints: tests/stock/CMakeLists.txt. The argument is the pipe (here a Unix socket's path).
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

Place? place = null; // in the journal: where to go on after a restart of the service

while (true)
{
    using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    try
    {
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(args[0]));
    }
    catch (SocketException) when (place != null)
    {
        await Task.Delay(200); // the service stopped: it may come back
        continue;
    }
    using var stream = new NetworkStream(socket);
    using var rpc = new JsonRpc(new NewLineDelimitedMessageHandler(stream, stream, new SystemTextJsonFormatter()));
    // StreamJsonRpc cancels by a notification of its own, which the service ignores.
    rpc.CancellationStrategy = new ByCancel(rpc);
    // What comes after the reply to `subscribe` is read after it.
    var notifications = Channel.CreateUnbounded<Action>();
    rpc.AddLocalRpcMethod("event", (int subscription, JsonObject @event) => notifications.Writer.TryWrite(() =>
    {
        place = place! with { After = (ulong)@event["seq"]! };
        if ((string?)@event["kind"] == "transition")
        {
            Console.WriteLine($"{@event["from"]} to {@event["to"]}");
        }
    }));
    rpc.AddLocalRpcMethod("reset", (int subscription, string journal, ulong after) =>
        notifications.Writer.TryWrite(() => place = new Place(journal, after)));
    rpc.AddLocalRpcMethod("closing", (string reason) => { });
    rpc.Disconnected += (_, _) => notifications.Writer.Complete();
    rpc.StartListening();
    try
    {
        await TalkAsync(rpc);
        await foreach (var read in notifications.Reader.ReadAllAsync())
        {
            read();
        }
    }
    catch (Exception error) when (error is ConnectionLostException or RemoteInvocationException { ErrorCode: -32002 })
    {
        // It stops, or did while it was asked.
    }
}

async Task TalkAsync(JsonRpc rpc)
{
    if (place == null)
    {
        var status = await rpc.InvokeAsync<JsonObject>("status");
        Console.WriteLine($"now {status["state"]}");
        using var cancelling = new CancellationTokenSource();
        var never = rpc.InvokeWithParameterObjectAsync<JsonObject>(
            "wait", new { @for = "busy", settle_ms = 600000 }, cancelling.Token);
        cancelling.Cancel();
        try
        {
            await never;
            throw new InvalidOperationException("a wait that was cancelled was answered");
        }
        catch (RemoteInvocationException error) when (error.ErrorCode == -32004)
        {
        }
        await rpc.InvokeWithParameterObjectAsync<JsonObject>("wait", new { @for = "idle", timeout_ms = 600000 });
    }
    var at = await rpc.InvokeWithParameterObjectAsync<JsonObject>(
        "subscribe", place == null ? new { } : new { journal = place.Journal, after = place.After });
    var after = (bool)at["reset"]! ? 0 : place?.After ?? (ulong)at["status"]!["seq"]!;
    place = new Place((string)at["journal"]!, after);
}

record Place(string Journal, ulong After);

sealed class ByCancel(JsonRpc rpc) : ICancellationStrategy
{
    public void CancelOutboundRequest(RequestId requestId) =>
        _ = rpc.InvokeWithParameterObjectAsync<bool>("cancel", new { id = requestId.Number });

    public void OutboundRequestEnded(RequestId requestId) { }
    public void IncomingRequestStarted(RequestId requestId, CancellationTokenSource cancellationTokenSource) { }
    public void IncomingRequestEnded(RequestId requestId) { }
}
