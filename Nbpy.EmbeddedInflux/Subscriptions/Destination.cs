using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;

namespace Nbpy.EmbeddedInflux.Subscriptions;

/// <summary>One URL of a subscription.</summary>
internal sealed partial class Destination(string url, HttpClient http)
{
    private readonly Uri _uri = new(WithHost(url));

    public string Url => url;

    public SendCounts Counts { get; } = new();

    /// <summary>True for what InfluxDB takes: a scheme that it knows, and a port.</summary>
    public static bool IsValid(string url) => Form().IsMatch(url) && Uri.TryCreate(WithHost(url), UriKind.Absolute, out _);

    /// <exception cref="HttpRequestException">It was not taken.</exception>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public Task SendAsync(Batch batch, CancellationToken cancellationToken) =>
        _uri.Scheme == "udp" ? SendPacketsAsync(batch, cancellationToken) : PostAsync(batch, cancellationToken);

    // Without a host it is this machine.
    private static string WithHost(string url) => url.Replace("://:", "://localhost:", StringComparison.Ordinal);

    private async Task PostAsync(Batch batch, CancellationToken cancellationToken)
    {
        var target = new UriBuilder(_uri)
        {
            Path = _uri.AbsolutePath.TrimEnd('/') + "/write",
            Query = $"consistency=&db={Uri.EscapeDataString(batch.Database)}&precision=ns&rp={Uri.EscapeDataString(batch.Policy)}",
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Uri) { Content = new ReadOnlyMemoryContent(batch.Lines) };
        if (_uri.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(_uri.UserInfo))));
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    // A packet a point, as InfluxDB does.
    private async Task SendPacketsAsync(Batch batch, CancellationToken cancellationToken)
    {
        using var client = new UdpClient(_uri.DnsSafeHost, _uri.Port);
        foreach (var line in Split(batch.Lines))
            await client.SendAsync(line, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            var after = lines.Span;
            var length = LineParser.NextLine(ref after).Length;
            var left = after.Length;
            yield return lines[..length];
            lines = lines[^left..];
        }
    }

    [GeneratedRegex(@"^(udp|https?)://([^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]*):[0-9]+([/?#]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
