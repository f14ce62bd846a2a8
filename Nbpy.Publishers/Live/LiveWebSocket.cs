using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace Nbpy.Publishers.Live;

/// <summary>A client's WebSocket that yields whole messages and remembers when the last byte came. One reader at a time;
/// sending is safe from any thread.</summary>
public sealed class LiveWebSocket : IDisposable
{
    /// <summary>The largest message taken, in bytes: an image of a thousand levels a side is a tenth of it.</summary>
    public const int LargestMessage = 16 * 1024 * 1024;

    private readonly ClientWebSocket socket;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim sending = new(1);
    private byte[] buffer = new byte[64 * 1024];
    private long lastByte;

    private LiveWebSocket(ClientWebSocket socket, TimeProvider time)
    {
        this.socket = socket;
        this.time = time;
        lastByte = time.GetTimestamp();
    }

    /// <summary>How long nothing has come, not even a piece of a message.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref lastByte));

    /// <summary>Opens the connection.</summary>
    /// <param name="url">ws or wss.</param>
    /// <param name="trusted">Certificates to trust besides the system's.</param>
    /// <param name="timeout">For TCP, TLS and the upgrade together.</param>
    /// <param name="time">Measures silence and the timeout.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="WebSocketUpgradeException">The server answered with another status than 101.</exception>
    /// <exception cref="WebSocketException">No connection.</exception>
    /// <exception cref="LiveException">It took longer than <paramref name="timeout"/>.</exception>
    public static async Task<LiveWebSocket> ConnectAsync(
        Uri url, X509Certificate2Collection trusted, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (LiveTrust.Callback(trusted) is { } callback)
            socket.Options.RemoteCertificateValidationCallback = callback;
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(url, either.Token).ConfigureAwait(false);
            return new LiveWebSocket(socket, time);
        }
        catch (Exception e)
        {
            var status = (int)socket.HttpStatusCode;
            var retryAfter = socket.HttpResponseHeaders?.TryGetValue("Retry-After", out var values) == true ? values.FirstOrDefault() : null;
            socket.Dispose();
            if (e is OperationCanceledException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw new LiveException($"{url.Host} did not answer within {timeout.TotalSeconds:0.#} s");
            if (e is WebSocketException && status is not 0 and not 101)
                throw new WebSocketUpgradeException(url.Host, status, RetryAfter.Parse(retryAfter, time.GetUtcNow()), e);
            throw;
        }
    }

    /// <summary>The next whole message, valid until the next call; null when the server has closed (the close is answered).</summary>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    /// <exception cref="LiveException">A message is larger than <see cref="LargestMessage"/>.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= LargestMessage)
                    throw new LiveException($"a message is larger than {LargestMessage} bytes");
                Array.Resize(ref buffer, length * 2);
            }

            var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref lastByte, time.GetTimestamp());
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await AnswerCloseAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }

            length += part.Count;
            if (part.EndOfMessage)
                return buffer.AsMemory(0, length);
        }
    }

    /// <summary>Why the server closed, for people.</summary>
    public string CloseReason => socket.CloseStatus is { } status
        ? $"closed by the server with {(int)status}{(string.IsNullOrEmpty(socket.CloseStatusDescription) ? "" : $" ({Redaction.Clean(socket.CloseStatusDescription)})")}"
        : "closed by the server";

    /// <summary>Sends a text message.</summary>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Says goodbye if that goes at once, for a stop that the user asked for.</summary>
    public async Task CloseAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        try
        {
            if (socket.State == WebSocketState.Open)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // A connection that cannot be closed politely is dropped by Dispose.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        sending.Dispose();
    }

    private async Task AnswerCloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (socket.State == WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException)
        {
            // It has gone without waiting for the answer: the session has ended either way.
        }
    }
}
