using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>Betfair's Exchange Stream on loopback: TLS, CR LF, one JSON a line. The test takes each connection and speaks for the venue.</summary>
internal sealed class BetfairVenue : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<Peer> peers = Channel.CreateUnbounded<Peer>();
    private readonly List<Task> handshakes = [];
    private readonly Task accepting;

    public BetfairVenue()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public TestCertificate Certificate { get; } = new();

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Url => $"tls://localhost:{Port}";

    /// <summary>The next connection, after its TLS handshake.</summary>
    public async Task<Peer> NextAsync() => await peers.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The next one, however long it takes; null when told to end.</summary>
    public async Task<Peer?> TryAcceptAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (peers.Reader.TryRead(out var peer))
                return peer;
            await Task.Delay(5, CancellationToken.None);
        }

        return null;
    }

    /// <summary>The next connection, authenticated and subscribed; its subscription request.</summary>
    /// <param name="refusal">What the subscription is answered with in place of success; ID stands for its id.</param>
    public async Task<(Peer Peer, JsonObject Subscription)> SubscribedAsync(string? refusal = null)
    {
        var peer = await NextAsync();
        await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        var authentication = await peer.ReadAsync();
        Assert.Equal("authentication", authentication["op"]!.GetValue<string>());
        Assert.Equal("the-key", authentication["appKey"]!.GetValue<string>());
        await peer.SendAsync($$"""{"op":"status","id":{{authentication["id"]}},"statusCode":"SUCCESS","connectionClosed":false,"connectionsAvailable":9}""");
        var subscription = await peer.ReadAsync();
        refusal ??= """{"op":"status","id":ID,"statusCode":"SUCCESS","connectionClosed":false}""";
        await peer.SendAsync(refusal.Replace("ID,", $"{subscription["id"]},", StringComparison.Ordinal));
        return (peer, subscription);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(handshakes);
        while (peers.Reader.TryRead(out var peer))
            peer.Dispose();
        Certificate.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                handshakes.Add(HandshakeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test has ended.
        }
    }

    private async Task HandshakeAsync(TcpClient client)
    {
        var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate.Server }, stop.Token);
            peers.Writer.TryWrite(new Peer(client, tls));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or IOException or AuthenticationException)
        {
            // The client wants none of it; others come.
            client.Dispose();
        }
    }

    internal sealed class Peer(TcpClient client, SslStream stream) : IDisposable
    {
        private readonly StreamReader reader = new(stream);

        public async Task<JsonObject> ReadAsync() =>
            JsonNode.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20)))!)!.AsObject();

        public Task SendAsync(string line) => SendRawAsync(line + "\r\n");

        public async Task SendRawAsync(string text)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
            await stream.FlushAsync(TestContext.Current.CancellationToken);
        }

        /// <summary>An orderly end: TLS close_notify, then the socket's.</summary>
        public async Task EndAsync()
        {
            await stream.ShutdownAsync();
            client.Dispose();
        }

        /// <summary>A reset.</summary>
        public void Abort()
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        public void Dispose() => client.Dispose();
    }
}
