using System.Text;
using Microsoft.AspNetCore.Http;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>The venue's end of one stream.</summary>
internal sealed class OandaPeer
{
    private readonly HttpContext context;
    private readonly CancellationToken stop;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OandaPeer(HttpContext context, CancellationToken stop)
    {
        this.context = context;
        this.stop = stop;
        Request = context.Request.Path + context.Request.QueryString;
        Headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString());
        context.RequestAborted.Register(() => ended.TrySetResult());
        stop.Register(() => ended.TrySetResult());
    }

    /// <summary>Path and query.</summary>
    public string Request { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Ends when the stream does, from either side.</summary>
    public Task Ended => ended.Task;

    /// <summary>Sends one line.</summary>
    public Task SendAsync(string line) => SendRawAsync(line + "\n");

    /// <summary>Sends text as it is: each call is at least one HTTP chunk, several where a size is given.</summary>
    public async Task SendRawAsync(string text, int? chunk = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var step = chunk ?? bytes.Length;
        for (var i = 0; i < bytes.Length; i += step)
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(i, Math.Min(step, bytes.Length - i)), stop);
            await context.Response.Body.FlushAsync(stop);
        }
    }

    /// <summary>The stream's orderly end, with the terminating chunk.</summary>
    public void End() => ended.TrySetResult();

    /// <summary>Gone without a word.</summary>
    public void Abort() => context.Abort();
}
