using System.Net.Http.Headers;
using System.Text;
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
    /// <summary>Largest answer, bytes: some hundred thousand points, far more than a page draws.</summary>
    public const int MaxAnswerBytes = 32 * 1024 * 1024;

    /// <summary>How long a query may take: a year of ticks is read in it, and nobody waits longer for a page.</summary>
    public static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;
    private readonly string _url;
    private readonly string _database;

    /// <summary>A client for the configured store.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="queryLimit">How long a query may take; null for <see cref="QueryLimit"/>.</param>
    public StoreClient(IntegrationConfig config, TimeSpan? queryLimit = null)
    {
        var store = config.InfluxDb;
        _url = store.Url;
        _database = store.Database;
        _http = new HttpClient { BaseAddress = new Uri(_url), Timeout = queryLimit ?? QueryLimit, MaxResponseContentBufferSize = MaxAnswerBytes };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{store.Reader.Username}:{store.Reader.Password}")));
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
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            soon.CancelAfter(PingLimit);
            using var answer = await _http.GetAsync("/ping", soon.Token);
            return answer.Headers.TryGetValues("X-Influxdb-Version", out var values) ? values.First() : "unknown";
        }
        catch (Exception e) when (IsUnreachable(e, cancel))
        {
            throw Unreachable();
        }
    }

    public void Dispose() => _http.Dispose();

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
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new StoreException($"The store's answer is larger than {MaxAnswerBytes / (1024 * 1024)} MB: choose a shorter range or wider intervals.", unreachable: false);
        }
        catch (OperationCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new StoreException($"The store has not answered the query within {_http.Timeout.TotalSeconds:0} s: choose a shorter range or wider intervals.", unreachable: false);
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
