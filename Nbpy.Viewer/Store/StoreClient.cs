using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Store;

/// <summary>The store does not answer, or answers with an error.</summary>
/// <param name="message">What a person can act on.</param>
/// <param name="unreachable">True when nothing answered.</param>
public sealed class StoreException(string message, bool unreachable) : Exception(message)
{
    public bool Unreachable { get; } = unreachable;
}

/// <summary>Asks the store; the only place that knows its password.</summary>
public sealed class StoreClient : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024 * 1024;
    private readonly HttpClient _http;
    private readonly string _url;
    private readonly string _database;

    /// <summary>A client for the configured store.</summary>
    public StoreClient(IntegrationConfig config)
    {
        var store = config.InfluxDb;
        _url = store.Url;
        _database = store.Database;
        _http = new HttpClient { BaseAddress = new Uri(_url), Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = MaxAnswerBytes };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{store.Reader.Username}:{store.Reader.Password}")));
    }

    /// <summary>The series of one SELECT, times in milliseconds since the Unix epoch; an empty array when nothing matches.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public async Task<JsonArray> SelectAsync(string query, CancellationToken cancel)
    {
        var text = await GetAsync($"/query?db={Uri.EscapeDataString(_database)}&epoch=ms&q={Uri.EscapeDataString(query)}", cancel);
        try
        {
            var root = JsonNode.Parse(text)!.AsObject();
            var result = root["results"]?[0]?.AsObject();
            if ((root["error"] ?? result?["error"]) is { } error)
                throw new StoreException($"The store says: {error}", unreachable: false);
            var series = result?["series"]?.AsArray() ?? [];
            result?.Remove("series");
            return series;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new StoreException("The store's answer is not InfluxDB's JSON.", unreachable: false);
        }
    }

    /// <summary>The store's whole answer to reading statements, as it came.</summary>
    /// <param name="query">What <see cref="ReadOnlyQuery"/> let through.</param>
    /// <param name="epoch">InfluxDB's unit of times, <c>ms</c>.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="StoreException">The store does not answer.</exception>
    public async Task<string> ReadAsync(string query, string epoch, CancellationToken cancel)
    {
        // Posted: a page's statements are longer than a request line may be.
        using var form = new FormUrlEncodedContent([new("db", _database), new("epoch", epoch), new("q", query)]);
        return await AnswerAsync(() => _http.PostAsync("/query", form, cancel), cancel);
    }

    /// <summary>The store's version.</summary>
    /// <exception cref="StoreException">The store does not answer.</exception>
    public async Task<string> PingAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await _http.GetAsync("/ping", cancel);
            return answer.Headers.TryGetValues("X-Influxdb-Version", out var values) ? values.First() : "unknown";
        }
        catch (Exception e) when (IsUnreachable(e, cancel))
        {
            throw Unreachable();
        }
    }

    public void Dispose() => _http.Dispose();

    private Task<string> GetAsync(string path, CancellationToken cancel) => AnswerAsync(() => _http.GetAsync(path, cancel), cancel);

    private async Task<string> AnswerAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        try
        {
            using var answer = await send();
            var text = await answer.Content.ReadAsStringAsync(cancel);
            return answer.IsSuccessStatusCode || text.StartsWith('{')
                ? text
                : throw new StoreException($"The store answered {(int)answer.StatusCode}.", unreachable: false);
        }
        catch (Exception e) when (IsUnreachable(e, cancel))
        {
            throw Unreachable();
        }
    }

    private static bool IsUnreachable(Exception e, CancellationToken cancel) =>
        e is HttpRequestException || (e is OperationCanceledException && !cancel.IsCancellationRequested);

    private StoreException Unreachable() => new($"The store at {_url} does not answer.", unreachable: true);
}
