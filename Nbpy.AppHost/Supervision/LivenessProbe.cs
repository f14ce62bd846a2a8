using System.Globalization;
using System.Text.Json;

namespace Nbpy.AppHost.Supervision;

/// <summary>Asks a service itself how it is: any answer means that it lives. Not the host's health checks, which differ between hosts and cannot tell
/// one that is dead from one that says that it is ill.</summary>
/// <param name="limit">How long it may take to answer.</param>
internal sealed class LivenessProbe(TimeSpan limit) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) })
    {
        Timeout = limit,
        MaxResponseContentBufferSize = 64 * 1024,
    };

    /// <summary>Where to ask a resource: its endpoint <c>health</c>, else <c>http</c>; null: nowhere.</summary>
    public static EndpointReference? EndpointOf(IResource resource) => resource is not IResourceWithEndpoints with ? null
        : resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.Name is "health" or "http").OrderBy(e => e.Name, StringComparer.Ordinal)
            .Select(e => new EndpointReference(with, e.Name)).FirstOrDefault();

    /// <summary>What it answers; null when it does not.</summary>
    public async Task<LivenessAnswer?> AskAsync(EndpointReference endpoint, CancellationToken cancellationToken)
    {
        var uri = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{endpoint.Port}/health"));
        try
        {
            using var response = await http.GetAsync(uri, cancellationToken);
            return Read(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => http.Dispose();

    private static LivenessAnswer Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return LivenessAnswer.OfOthers;
            return new LivenessAnswer(
                root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Number && data.TryGetInt64(out var count) ? count : null,
                root.TryGetProperty("quiet", out var quiet) && quiet.ValueKind == JsonValueKind.True);
        }
        catch (JsonException)
        {
            // Not one of ours: a store, a viewer, a program of the user's own. That it answers is what counts.
            return LivenessAnswer.OfOthers;
        }
    }
}
