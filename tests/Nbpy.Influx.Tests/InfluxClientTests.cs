using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nbpy.Influx.Tests;

public sealed class InfluxClientTests : IDisposable
{
    private readonly FakeStore store = new();

    public void Dispose() => store.Dispose();

    /// <summary>As InfluxDB does with a body beyond its <c>max-body-size</c>: the answer is out before the body is in, and the connection closed.</summary>
    [Fact]
    public async Task A_body_that_is_refused_by_its_length_before_it_is_read_is_too_large_and_no_outage()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, longest: 100_000);
        using (var client = new InfluxClient(new InfluxOptions { Url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), Database = "tick" }))
        {
            var lines = new byte[32 * 1024 * 1024];
            Assert.Equal(WriteStatus.Unavailable, (await client.WriteAsync(lines, null, Token)).Status);
            Assert.Equal(WriteStatus.TooLarge, (await client.WriteAsync(lines, null, Token)).Status);
            Assert.Equal(WriteStatus.Stored, (await client.WriteAsync(lines.AsMemory(0, 100_000), null, Token)).Status);
        }

        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task A_page_is_no_acknowledgement()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>Sign in</html>") };
        var result = await store.Client().WriteAsync("m v=1 1"u8.ToArray(), null, Token);
        Assert.Equal(WriteStatus.Refused, result.Status);
        Assert.Contains("Sign in", result.Reason, StringComparison.Ordinal);
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.OK);
        Assert.Equal(WriteStatus.Stored, (await store.Client().WriteAsync("m v=1 1"u8.ToArray(), null, Token)).Status);
    }

    [Fact]
    public async Task A_redirect_is_a_refusal_that_says_where_to()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.MovedPermanently) { Headers = { Location = new Uri("https://other:8086/write") } };
        var result = await store.Client().WriteAsync("m v=1 1"u8.ToArray(), null, Token);
        Assert.Equal((WriteStatus.Refused, "301: redirects to https://other:8086/write; configure that address"), (result.Status, result.Reason));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.UnsupportedMediaType)]
    public async Task A_store_that_does_not_unpack_gets_it_unpacked_from_then_on(HttpStatusCode refusal)
    {
        store.Answer = body => new HttpResponseMessage(store.IsPacked ? refusal : HttpStatusCode.NoContent);
        using var client = new InfluxClient(new InfluxOptions { Url = new Uri("http://store:8086"), Database = "tick", GzipFromBytes = 1 }, store);
        Assert.Equal(WriteStatus.Stored, (await client.WriteAsync("m v=1 1"u8.ToArray(), null, Token)).Status);
        Assert.Equal(WriteStatus.Stored, (await client.WriteAsync("m v=2 2"u8.ToArray(), null, Token)).Status);
        Assert.Equal(3, store.Batches.Count);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task ServeAsync(TcpListener listener, int longest)
    {
        try
        {
            while (true)
            {
                using var peer = await listener.AcceptTcpClientAsync(Token);
                await AnswerAsync(peer.GetStream(), longest);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // Stopped, while it waited or before.
        }
    }

    private static async Task AnswerAsync(NetworkStream stream, int longest)
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, Token) == 1)
            header.Append((char)one[0]);
        var lines = header.ToString().Split("\r\n");
        var length = int.Parse(lines.Single(l => l.StartsWith("Content-Length: ", StringComparison.Ordinal))[16..], System.Globalization.CultureInfo.InvariantCulture);
        if (length <= longest)
        {
            if (lines.Contains("Expect: 100-continue"))
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), Token);
            await stream.ReadExactlyAsync(new byte[length], Token);
        }

        var answer = length <= longest ? "204 No Content" : "413 Request Entity Too Large";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nConnection: close\r\n{(length <= longest ? "" : "Content-Length: 0\r\n")}\r\n"), Token);
    }
}
