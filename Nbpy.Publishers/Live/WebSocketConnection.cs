using System.Buffers;
using System.Net.WebSockets;
using System.Text;

namespace Nbpy.Publishers.Live;

/// <summary>A WebSocket whose messages come whole and whose silence ends it. One reader at a time.</summary>
internal sealed class WebSocketConnection : IDisposable
{
    /// <summary>The largest message that is put together, in bytes; a larger one ends the session.</summary>
    private const int MaxMessageBytes = 16 * 1024 * 1024;
    private readonly ClientWebSocket socket = new();
    private readonly ArrayBufferWriter<byte> message = new(64 * 1024);
    private readonly CancellationTokenSource idle;

    private WebSocketConnection(TimeProvider time) => idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);

    /// <summary>Opens a connection.</summary>
    /// <exception cref="LiveException">It cannot be had within the limit.</exception>
    public static async Task<WebSocketConnection> OpenAsync(Uri url, LiveOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = new WebSocketConnection(time);
        try
        {
            connection.socket.Options.RemoteCertificateValidationCallback = LiveTrust.Callback(options.TrustedCertificates());
            connection.socket.Options.KeepAliveInterval = TimeSpan.Zero;
            using var limit = new CancellationTokenSource(options.Scale(TimeSpan.FromSeconds(10)), time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await connection.socket.ConnectAsync(url, both.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            connection.Dispose();
            throw new LiveException($"no connection to {url.Host}: {(e is OperationCanceledException ? "no answer" : e.InnerException?.Message ?? e.Message)}", e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends one text message.</summary>
    public Task SendAsync(string text, CancellationToken cancellationToken) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>The next whole message; valid until the next call. Null once the other side has closed.</summary>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">Nothing came for so long.</exception>
    /// <exception cref="LiveException">The message is too large.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        message.ResetWrittenCount();
        idle.CancelAfter(silence);
        using var registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), idle);
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(message.GetMemory(16 * 1024), idle.Token).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                    return null;
                message.Advance(part.Count);
                idle.CancelAfter(silence);
                if (part.EndOfMessage)
                    return message.WrittenMemory;
                if (message.WrittenCount > MaxMessageBytes)
                    throw new LiveException($"a message is larger than {MaxMessageBytes} bytes");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {silence.TotalSeconds:0.##} s");
        }
    }

    public void Dispose()
    {
        socket.Abort();
        socket.Dispose();
        idle.Dispose();
    }
}
