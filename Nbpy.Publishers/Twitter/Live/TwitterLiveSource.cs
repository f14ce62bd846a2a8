using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Twitter.Live;

/// <summary>twitter_sentiment, live, from X's v2 filtered stream. Rules on the server are brought in step with the configuration before every
/// connection; those that are not ours stay. A keep-alive comes at least every 20 s.</summary>
public sealed partial class TwitterLiveSource : LiveSource, IDisposable
{
    private const string Fields =
        "tweet.fields=created_at,lang,public_metrics,geo,author_id&expansions=author_id,geo.place_id&user.fields=username,name,location,public_metrics&place.fields=full_name,country_code,geo";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Refused = TimeSpan.FromMinutes(5);

    /// <summary>X counts requests in windows of this length, and takes 50 connections in one.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private const int ConnectionsInWindow = 45;

    private readonly TwitterLiveOptions options;
    private readonly ILogger logger;
    private readonly TwitterBackOff backOff = new();
    private readonly TwitterHttp http;
    private readonly TwitterRules rules;
    private readonly TwitterStreamDecoder decoder;
    private readonly AttemptBudget budget;
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
        rules = new TwitterRules(options.Rules);
        decoder = new TwitterStreamDecoder(rules.TopicOf);
        budget = new AttemptBudget(ConnectionsInWindow, options.Common.Scale(Window));
        // The header is cut to the second: half of one is nearest to what was meant.
        http = new TwitterHttp(options, backOff, time, date => ObserveClock(Rfc3339.ToNanoseconds(date) + 500_000_000));
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
        using var lines = await http.OpenAsync(Fields + backfill, cancellationToken).ConfigureAwait(false);
        Connected();
        streamedBefore = true;
        Status.Enter(FeedPhase.Subscribed, "the stream is open; no post yet");
        try
        {
            // A line that the stream's end has cut off is none.
            while (await lines.ReadLineAsync(options.Common.Scale(Silence), cancellationToken).ConfigureAwait(false) is { } line && !lines.Unterminated)
                await OnLineAsync(line, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no keep-alive from X: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Dropped($"the stream broke: {e.Message}", e);
        }

        throw Dropped("X closed the stream");
    }

    private LiveException Dropped(string reason, Exception? inner = null) => new(reason, inner) { RetryAfter = options.Common.Scale(backOff.Dropped()) };

    private async ValueTask OnLineAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        var receivedNs = UnixTime.NowNs(Time);
        Record(line.Span, receivedNs);
        var (malformed, errors, duplicates, foreign) = (decoder.Malformed, decoder.Errors, decoder.Duplicates, decoder.Foreign);
        var messages = decoder.Decode(line.Span, receivedNs);
        Status.Count(FeedCounters.Repeated, decoder.Duplicates - duplicates);
        Status.Count(FeedCounters.Unwanted, decoder.Foreign - foreign);
        if (decoder.Malformed > malformed)
        {
            Status.Count(FeedCounters.Undecodable);
            LogUndecodable(logger, options.Common.Name, Redaction.Clean(decoder.LastError, options.Token));
        }

        if (decoder.Errors > errors && messages.Count == 0)
            throw Dropped($"X ends the stream: {Redaction.Clean(decoder.LastError, options.Token)}");
        backOff.Flowed();
        foreach (var message in messages)
            await EmitAsync(message, cancellationToken).ConfigureAwait(false);
        // A keep-alive is all that a quiet hour has to say.
        posted |= messages.Count > 0;
        DataFlowed(posted ? "data flow" : "the stream is open; no post yet");
    }

    private async Task KeepRulesInStepAsync(CancellationToken cancellationToken)
    {
        var (surplus, missing) = rules.Compare(await CallAsync(null, cancellationToken).ConfigureAwait(false));
        if (surplus.Count > 0)
        {
            var ids = new JsonArray([.. surplus.Select(id => (JsonNode)id)]);
            await http.RulesAsync(new JsonObject { ["delete"] = new JsonObject { ["ids"] = ids } }, cancellationToken).ConfigureAwait(false);
        }

        if (missing.Count == 0)
        {
            Status.Set(FeedCounters.RefusedSubscriptions, 0);
            return;
        }

        var add = new JsonArray([.. missing.Select(r => (JsonNode)new JsonObject { ["value"] = r.Value, ["tag"] = r.Tag })]);
        var refused = rules.Added(await CallAsync(new JsonObject { ["add"] = add }, cancellationToken).ConfigureAwait(false));
        Status.Set(FeedCounters.RefusedSubscriptions, refused.Count);
        foreach (var error in refused)
            LogRefused(logger, options.Common.Name, TwitterRules.TextOf(error, "value"), TwitterRules.TextOf(error, "title"), TwitterRules.TextOf(error, "detail"));
        if (refused.Count > 0 && refused.Count == options.Rules.Count)
            throw new LiveRefusedException($"X refuses every rule: {TwitterRules.TextOf(refused[0], "title")}") { RetryAfter = options.Common.Scale(Refused) };
    }

    // Recorded as well: without the ids of our rules a replay could not tell whose posts are ours.
    private async Task<JsonObject> CallAsync(JsonObject? change, CancellationToken cancellationToken)
    {
        var body = await http.RulesAsync(change, cancellationToken).ConfigureAwait(false);
        Record(body);
        return TwitterRules.Parse(body) ?? throw new LiveException("the rules' answer is not JSON as X documents it") { RetryAfter = options.Common.Scale(backOff.HttpError()) };
    }

    [LoggerMessage(150, LogLevel.Warning, "{Name}: a line cannot be decoded: {Error}")]
    private static partial void LogUndecodable(ILogger logger, string name, string error);

    [LoggerMessage(151, LogLevel.Warning, "{Name}: X refuses the rule '{Rule}': {Title} {Detail}; the others go on without it")]
    private static partial void LogRefused(ILogger logger, string name, string rule, string title, string detail);
}
