using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>Kraken's WebSocket v2 on loopback, with real frames: what it says is up to the test.</summary>
internal sealed class KrakenEmulator : IAsyncDisposable
{
    private readonly WebApplication web;

    private KrakenEmulator(WebApplication web) => this.web = web;

    /// <summary>Where it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Every request that came, over all connections.</summary>
    public ConcurrentQueue<JsonElement> Requests { get; } = new();

    /// <summary>Connections so far.</summary>
    public int Connections;

    /// <summary>What happens on a connection: number of the connection, and the means to speak.</summary>
    public required Func<int, Peer, Task> Script { get; init; }

    /// <summary>Answers of REST calls by path.</summary>
    public Func<HttpContext, Task>? Rest { get; init; }

    public static async Task<KrakenEmulator> StartAsync(Func<int, Peer, Task> script, Func<HttpContext, Task>? rest = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0));
        var web = builder.Build();
        var emulator = new KrakenEmulator(web) { Script = script, Rest = rest };
        web.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        web.Run(emulator.ServeAsync);
        await web.StartAsync();
        emulator.Url = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return emulator;
    }

    public async ValueTask DisposeAsync() => await web.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await (Rest?.Invoke(context) ?? Task.CompletedTask);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var peer = new Peer(socket, Requests);
        try
        {
            await Script(Interlocked.Increment(ref Connections), peer);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client went: its right.
        }
    }

    /// <summary>One connection.</summary>
    internal sealed class Peer(WebSocket socket, ConcurrentQueue<JsonElement> requests)
    {
        private readonly byte[] buffer = new byte[64 * 1024];

        public Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

        /// <summary>The same in frames of a few bytes each.</summary>
        public async Task SendInPiecesAsync(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            for (var i = 0; i < bytes.Length; i += 7)
                await socket.SendAsync(bytes.AsMemory(i, Math.Min(7, bytes.Length - i)), WebSocketMessageType.Text, i + 7 >= bytes.Length, CancellationToken.None);
        }

        public async Task<JsonElement> ReceiveAsync()
        {
            var length = 0;
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
                length += part.Count;
                if (!part.EndOfMessage)
                    continue;
                using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
                var request = document.RootElement.Clone();
                requests.Enqueue(request);
                return request;
            }
        }

        /// <summary>Takes a subscription and acknowledges every symbol of it.</summary>
        public async Task<JsonElement> AcceptAsync(params string[] refused)
        {
            var request = await ReceiveAsync();
            var parameters = request.GetProperty("params");
            var id = request.GetProperty("req_id").GetInt64();
            if (request.GetProperty("method").GetString() != "subscribe")
                return request;
            foreach (var symbol in parameters.TryGetProperty("symbol", out var list) ? list.EnumerateArray().Select(s => s.GetString()!) : ["-"])
                await SendAsync(refused.Contains(symbol)
                    ? $$"""{"error":"Currency pair not supported {{symbol}}","method":"subscribe","req_id":{{id}},"success":false,"symbol":"{{symbol}}"}"""
                    : $$"""{"method":"subscribe","req_id":{{id}},"result":{"channel":"{{parameters.GetProperty("channel").GetString()}}","depth":10,"symbol":"{{symbol}}"},"success":true}""");
            return request;
        }

        /// <summary>Heartbeats until the client goes.</summary>
        public async Task HeartbeatAsync(TimeSpan interval)
        {
            while (socket.State == WebSocketState.Open)
            {
                await SendAsync("""{"channel":"heartbeat"}""");
                await Task.Delay(interval);
            }
        }

        public void Abort() => socket.Abort();
    }
}
