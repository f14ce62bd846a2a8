using System.Net;
using System.Net.Sockets;
using System.Text;
using Nbpy.ServiceDefaults;

namespace Nbpy.AppHost.Tests;

/// <summary>The verb by which engines ask a program whether it is well.</summary>
public sealed class HealthProbeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0)]
    [InlineData("HTTP/1.0 204 No Content\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\nnot connected", 1)]
    [InlineData("HTTP/1.1 302 Found\r\n\r\n", 1)]
    [InlineData("SSH-2.0-OpenSSH_9.2", 1)]
    [InlineData("HTTP/1.1", 1)]
    [InlineData("", 1)]
    public async Task Only_an_answer_of_success_is_well(string answer, int expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, answer);
        Assert.Equal(expected, await Task.Run(() => HealthProbe.Run(((IPEndPoint)listener.LocalEndpoint).Port, "/health"), Cancel));
        Assert.StartsWith("GET /health HTTP/1.1\r\n", await answering, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_is_not_well()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Assert.Equal(1, HealthProbe.Run(port, "/health"));
    }

    // In two pieces, as a network may bring it.
    private static async Task<string> AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(Cancel);
        client.NoDelay = true;
        var request = new byte[1024];
        var length = await client.GetStream().ReadAsync(request, Cancel);
        var bytes = Encoding.ASCII.GetBytes(answer);
        await client.GetStream().WriteAsync(bytes.AsMemory(0, bytes.Length / 4), Cancel);
        await client.GetStream().WriteAsync(bytes.AsMemory(bytes.Length / 4), Cancel);
        return Encoding.ASCII.GetString(request, 0, length);
    }
}
