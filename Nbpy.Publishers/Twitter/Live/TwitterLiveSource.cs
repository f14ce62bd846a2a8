using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Twitter.Live;

/// <summary>twitter_sentiment, live, from X's v2 filtered stream. Rules on the server are brought in step with the configuration before every
/// connection; those that are not ours stay. A keep-alive comes at least every 20 s.</summary>
public sealed partial class TwitterLiveSource : LiveSource, IDisposable
{
    private const string Fields =
        "tweet.fields=created_at,lang,public_metrics,geo,author_id&expansions=author_id,geo.place_id&user.fields=username,name,location,public_metrics&place.fields=full_name,country_code,geo";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstTooMany = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostTooMany = TimeSpan.FromMinutes(16);
    private static readonly TimeSpan FirstServerError = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostServerError = TimeSpan.FromSeconds(320);
    private static readonly TimeSpan Provisioning = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Refused = TimeSpan.FromMinutes(5);

    /// <summary>X counts requests in windows of this length, and takes 50 connections in one.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private const int ConnectionsInWindow = 45;

    private readonly TwitterLiveOptions options;
    private readonly ILogger logger;
    private readonly HttpClient http;
    private readonly TwitterStreamDecoder decoder;
    private readonly Dictionary<string, string> topicByRule = new(StringComparer.Ordinal);
    private readonly AttemptBudget budget;
    private TimeSpan tooMany;
    private TimeSpan serverError;
    private bool streamedBefore;
    private bool posted;

    /// <param name="options">What to do.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases and ends of sessions.</param>
    public TwitterLiveSource(TwitterLiveOptions options, TimeProvider time, ILogger logger)
        : base(options.Common, time, logger)
    {
        this.options = options;
        this.logger = logger;
        decoder = new TwitterStreamDecoder(TopicOf);
        budget = new AttemptBudget(ConnectionsInWindow, options.Common.Scale(Window));
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (LiveTrust.Callback(options.Common.TrustedCertificates()) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 8 * 1024 * 1024 };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        if (budget.Take(Time.GetElapsedTime(0)) is var wait && wait > TimeSpan.Zero)
            throw new LiveException($"{ConnectionsInWindow} connections in {Window.TotalMinutes:0} minutes; X takes 50") { RetryAfter = wait };
        Status.Enter(FeedPhase.Authenticating, "bringing the rules in step");
        await KeepRulesInStepAsync(cancellationToken).ConfigureAwait(false);
        var backfill = streamedBefore && options.BackfillMinutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"&backfill_minutes={options.BackfillMinutes}") : "";
        var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{options.Common.Url}?{Fields}{backfill}"), cancellationToken).ConfigureAwait(false);
        using var lines = new HttpLineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Time);
        Connected();
        streamedBefore = true;
        Status.Enter(FeedPhase.Subscribed, "the stream is open; no post yet");
        try
        {
            while (await lines.ReadLineAsync(options.Common.Scale(Silence), cancellationToken).ConfigureAwait(false) is { } line)
                await OnLineAsync(line, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no keep-alive from X: {e.Message}", e);
        }
    }

    private async ValueTask OnLineAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        Record(line.Span);
        var (malformed, errors, duplicates, foreign) = (decoder.Malformed, decoder.Errors, decoder.Duplicates, decoder.Foreign);
        var messages = decoder.Decode(line.Span);
        Status.Count(FeedCounters.Repeated, decoder.Duplicates - duplicates);
        Status.Count(FeedCounters.Unwanted, decoder.Foreign - foreign);
        if (decoder.Malformed > malformed)
        {
            Status.Count(FeedCounters.Undecodable);
            LogUndecodable(logger, options.Common.Name, Redaction.Clean(decoder.LastError, options.Token));
        }

        if (decoder.Errors > errors && messages.Count == 0)
            throw new LiveException($"X ends the stream: {Redaction.Clean(decoder.LastError, options.Token)}");
        (tooMany, serverError) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var message in messages)
            await EmitAsync(message, cancellationToken).ConfigureAwait(false);
        // A keep-alive is all that a quiet hour has to say.
        posted |= messages.Count > 0;
        DataFlowed(posted ? "data flow" : "the stream is open; no post yet");
    }

    /// <summary>The topic of a rule of ours; null for those of other programs on the same account.</summary>
    private string? TopicOf(string? id, string? tag) =>
        tag?.StartsWith(TwitterLiveOptions.TagPrefix, StringComparison.Ordinal) == true ? tag[TwitterLiveOptions.TagPrefix.Length..]
        : id is null ? null : topicByRule.GetValueOrDefault(id);

    private async Task KeepRulesInStepAsync(CancellationToken cancellationToken)
    {
        var present = await CallAsync(HttpMethod.Get, null, cancellationToken).ConfigureAwait(false);
        var surplus = new JsonArray();
        topicByRule.Clear();
        var wanted = options.Rules.ToDictionary(r => r.Key, r => TwitterLiveOptions.TagPrefix + r.Value, StringComparer.Ordinal);
        foreach (var rule in (present["data"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (id, value, tag) = (rule["id"]?.ToString(), rule["value"]?.ToString() ?? "", rule["tag"]?.ToString() ?? "");
            if (wanted.TryGetValue(value, out var ours) && tag == ours)
                wanted.Remove(value);
            else if (tag.StartsWith(TwitterLiveOptions.TagPrefix, StringComparison.Ordinal) && id is not null)
                surplus.Add(id);
            else if (ours is not null && id is not null && wanted.Remove(value))
                topicByRule[id] = options.Rules[value]; // X keeps a rule once: that of the other program serves both.
        }

        if (surplus.Count > 0)
            await CallAsync(HttpMethod.Post, new JsonObject { ["delete"] = new JsonObject { ["ids"] = surplus } }, cancellationToken).ConfigureAwait(false);
        if (wanted.Count == 0)
            return;
        var add = new JsonArray([.. wanted.Select(r => (JsonNode)new JsonObject { ["value"] = r.Key, ["tag"] = r.Value })]);
        var answer = await CallAsync(HttpMethod.Post, new JsonObject { ["add"] = add }, cancellationToken).ConfigureAwait(false);
        var refused = (answer["errors"] as JsonArray ?? []).OfType<JsonObject>().Where(e => e["title"]?.ToString() != "DuplicateRule").ToList();
        Status.Set(FeedCounters.RefusedSubscriptions, refused.Count);
        foreach (var error in refused)
            LogRefused(logger, options.Common.Name, error["value"]?.ToString() ?? "", error["title"]?.ToString() ?? "", error["detail"]?.ToString() ?? "");
        if (refused.Count > 0 && refused.Count == options.Rules.Count)
            throw new LiveRefusedException($"X refuses every rule: {refused[0]["title"]}");
    }

    private async Task<JsonObject> CallAsync(HttpMethod method, JsonObject? body, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, options.Common.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/rules");
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw new LiveException("the rules' answer is not JSON");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(Patience), Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                throw Refusal(response, await DetailAsync(response, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{options.Common.Url.Host} did not answer in time");
        }
        catch (HttpRequestException e)
        {
            throw new LiveException($"no connection to {options.Common.Url.Host}: {e.InnerException?.Message ?? e.Message}", e);
        }
        finally
        {
            request.Dispose();
        }
    }

    /// <summary>X's own rules of backing off: 429 from a minute on, doubling, and not before the limit's reset; 5xx from 5 s on to 320 s.</summary>
    private LiveException Refusal(HttpResponseMessage response, string detail)
    {
        var text = $"X answered {(int)response.StatusCode}: {Redaction.Clean(detail, options.Token)}";
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized:
                return new LiveRefusedException($"{text}; check TWITTER_BEARER_TOKEN") { RetryAfter = options.Common.Scale(Refused) };
            case HttpStatusCode.Forbidden:
                return new LiveRefusedException($"{text}; the account's plan may not have the filtered stream") { RetryAfter = options.Common.Scale(Refused) };
            case HttpStatusCode.TooManyRequests:
                tooMany = Longer(tooMany, FirstTooMany, MostTooMany);
                var reset = Reset(response);
                var wait = options.Common.Scale(tooMany);
                return new LiveException(text) { RetryAfter = reset > wait ? reset : wait };
            case HttpStatusCode.ServiceUnavailable when detail.Contains("provision", StringComparison.OrdinalIgnoreCase):
                return new LiveException(text) { RetryAfter = options.Common.Scale(Provisioning) };
            case >= HttpStatusCode.InternalServerError:
                serverError = Longer(serverError, FirstServerError, MostServerError);
                return new LiveException(text) { RetryAfter = options.Common.Scale(serverError) };
            default:
                return new LiveException(text);
        }
    }

    /// <summary>How long until the limit is lifted: never more than its window, whatever the header says.</summary>
    private TimeSpan Reset(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("x-rate-limit-reset", out var values) || !long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            return TimeSpan.Zero;
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
        return at <= now ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(at - now, (long)Window.TotalSeconds));
    }

    private static TimeSpan Longer(TimeSpan before, TimeSpan first, TimeSpan most) =>
        before == TimeSpan.Zero ? first : before * 2 < most ? before * 2 : most;

    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonNode.Parse(body)?["detail"]?.ToString() ?? body[..Math.Min(200, body.Length)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return body[..Math.Min(200, body.Length)];
        }
    }

    [LoggerMessage(150, LogLevel.Warning, "{Name}: a line cannot be decoded: {Error}")]
    private static partial void LogUndecodable(ILogger logger, string name, string error);

    [LoggerMessage(151, LogLevel.Warning, "{Name}: X refuses the rule '{Rule}': {Title} {Detail}; the others go on without it")]
    private static partial void LogRefused(ILogger logger, string name, string rule, string title, string detail);
}
