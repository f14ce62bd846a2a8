using System.Net;
using System.Text;

namespace Nbpy.Influx.Tests;

/// <summary>The other end of an <see cref="InfluxClient"/>: answers writes as the test wants and keeps the lines it took.</summary>
internal sealed class FakeStore : HttpMessageHandler
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly List<int> batches = [];

    /// <summary>Decides the answer to a body.</summary>
    public Func<string, HttpResponseMessage> Answer { get; set; } = _ => new HttpResponseMessage(HttpStatusCode.NoContent);

    /// <summary>Decides the answer to a query.</summary>
    public Func<string, HttpResponseMessage> AnswerQuery { get; set; } = _ => new HttpResponseMessage(HttpStatusCode.NotFound);

    /// <summary>Whether the last body came packed.</summary>
    public bool IsPacked { get; private set; }

    /// <summary>What answers wait for; null: nothing.</summary>
    public Task? Hold { get; set; }

    public IReadOnlyList<string> Lines { get { lock (gate) return [.. lines]; } }

    public IReadOnlyList<int> Batches { get { lock (gate) return [.. batches]; } }

    /// <summary>The trace contexts that requests named, in their order; null where one named none.</summary>
    public List<string?> Traces { get; } = [];

    public InfluxClient Client() => new(new InfluxOptions { Url = new Uri("http://store:8086"), Database = "tick" }, this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Get)
            return AnswerQuery(Uri.UnescapeDataString(request.RequestUri!.Query.Split("&q=")[1]));
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        IsPacked = request.Content.Headers.ContentEncoding.Contains("gzip");
        if (IsPacked)
        {
            using var unpacked = new MemoryStream();
            using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress);
            gzip.CopyTo(unpacked);
            bytes = unpacked.ToArray();
        }

        var body = Encoding.UTF8.GetString(bytes);
        var came = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lock (gate)
        {
            batches.Add(came.Length);
            Traces.Add(request.Headers.TryGetValues("traceparent", out var trace) ? trace.Single() : null);
        }

        if (Hold is { } hold)
            await hold.WaitAsync(cancellationToken);
        var answer = Answer(body);
        if (answer.IsSuccessStatusCode)
            lock (gate)
                lines.AddRange(came);
        return answer;
    }
}
