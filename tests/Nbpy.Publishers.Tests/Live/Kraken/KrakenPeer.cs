using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>The venue's end of one WebSocket.</summary>
internal sealed class KrakenPeer
{
    private readonly WebSocket socket;
    private readonly HttpContext context;
    private readonly Channel<JsonElement> requests = Channel.CreateUnbounded<JsonElement>();
    private readonly CancellationToken stop;
    private volatile Task closing = Task.CompletedTask;

    public KrakenPeer(WebSocket socket, HttpContext context, CancellationToken stop)
    {
        this.socket = socket;
        this.context = context;
        this.stop = stop;
        Ended = ReadAsync();
    }

    /// <summary>Ends when the client has gone.</summary>
    public Task Ended { get; }

    /// <summary>The client's next message.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        return await requests.Reader.ReadAsync(limit.Token);
    }

    /// <summary>The client's next message, with the clock moving until it comes: requests keep a distance.</summary>
    public async Task<JsonElement> NextAsync(ManualClock clock)
    {
        await clock.AdvanceUntilAsync(() => HasRequest, "a request", TimeSpan.FromMilliseconds(50));
        return await NextAsync();
    }

    /// <summary>True when a message of the client waits to be taken.</summary>
    public bool HasRequest => requests.Reader.Count > 0;

    /// <summary>Sends one message, cut into frames where sizes are given.</summary>
    public async Task SendAsync(string text, int? frame = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var step = frame ?? bytes.Length;
        for (var i = 0; i < bytes.Length; i += step)
        {
            var length = Math.Min(step, bytes.Length - i);
            await socket.SendAsync(bytes.AsMemory(i, length), WebSocketMessageType.Text, i + length == bytes.Length, stop);
        }
    }

    public Task StatusAsync(string system = "online") => SendAsync(
        $$"""{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"{{system}}","api_version":"v2","connection_id":18266300427528990701}]}""");

    public Task HeartbeatAsync() => SendAsync("""{"channel":"heartbeat"}""");

    /// <summary>Status, then the subscription as it came, acknowledged pair by pair.</summary>
    public async Task<JsonElement> WelcomeAsync()
    {
        await StatusAsync();
        var request = await NextAsync();
        await AcknowledgeAsync(request);
        return request;
    }

    /// <summary>Acknowledges a request: one answer per pair.</summary>
    public async Task AcknowledgeAsync(JsonElement request, params string[] except)
    {
        var parameters = request.GetProperty("params");
        var channel = parameters.GetProperty("channel").GetString();
        var symbols = parameters.TryGetProperty("symbol", out var list) ? list.EnumerateArray().Select(s => s.GetString()).ToArray() : [null];
        foreach (var symbol in symbols)
        {
            if (symbol is not null && except.Contains(symbol))
                continue;
            var named = symbol is null ? "" : $",\"symbol\":\"{symbol}\"";
            await SendAsync(
                $$"""{"method":"{{request.GetProperty("method").GetString()}}","req_id":{{Id(request)}},"result":{"channel":"{{channel}}","snapshot":true{{named}}},"success":true,"time_in":"2030-01-01T00:00:00.000000Z","time_out":"2030-01-01T00:00:00.000031Z"}""");
        }
    }

    public Task RefuseAsync(JsonElement request, string error, string? symbol = null)
    {
        var named = symbol is null ? "" : $",\"symbol\":\"{symbol}\"";
        return SendAsync($$"""{"error":"{{error}}","method":"subscribe","req_id":{{Id(request)}},"success":false{{named}},"time_in":"2030-01-01T00:00:00Z","time_out":"2030-01-01T00:00:00Z"}""");
    }

    /// <summary>Ends once a close frame that was begun has gone out: the client may answer it, and end the request, before.</summary>
    public Task Closing => closing;

    public async Task CloseAsync(int code)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        closing = sent.Task;
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, "going away", stop);
        }
        finally
        {
            sent.SetResult();
        }
    }

    /// <summary>Gone without a word.</summary>
    public void Abort() => context.Abort();

    public static string Id(JsonElement request) => request.GetProperty("req_id").GetInt64().ToString(CultureInfo.InvariantCulture);

    private async Task ReadAsync()
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(), stop);
                if (result.MessageType == WebSocketMessageType.Close)
                    break;
                Assert.True(result.EndOfMessage);
                requests.Writer.TryWrite(JsonDocument.Parse(buffer.AsMemory(0, result.Count)).RootElement.Clone());
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or Microsoft.AspNetCore.Connections.ConnectionAbortedException)
        {
            // The client has gone.
        }

        requests.Writer.TryComplete();
    }
}
