using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>The subscriptions of one channel: what to ask for and when, what an answer means, and how a pair that failed is
/// asked for again without hurting the others. Policy without I/O; times are since any fixed moment. Not for use by two
/// threads at once.</summary>
/// <remarks>Kraken answers per pair, and keeps the connection (and its heartbeats) up after a refused subscription: a client
/// that ignores the answers looks alive for ever. Many requests in a short time get <c>Exceeded msg rate</c>: pairs travel
/// together, requests keep a distance, and a book that failed is asked for once per failure.</remarks>
public sealed class KrakenSubscriptions
{
    private const int PairsPerRequest = 50;

    private static readonly string[] PermanentErrors =
    [
        "Currency pair not", "Subscription depth not supported", "Malformed request", "Event(s) not found",
        "EGeneral:Invalid arguments", "EGeneral:Permission denied", "EAPI:Invalid key",
    ];

    private readonly Dictionary<string, KrakenSubscription> bySymbol = new(StringComparer.Ordinal);
    private readonly Func<TimeSpan, TimeSpan> scale;
    private readonly bool awaitsData;
    private TimeSpan nextRequest;
    private long lastRequestId;

    /// <param name="symbols">The pairs; one empty string for a channel without pairs.</param>
    /// <param name="awaitsData">A snapshot has to follow the answer (books, executions).</param>
    /// <param name="scale">Applied to every duration.</param>
    public KrakenSubscriptions(IEnumerable<string> symbols, bool awaitsData, Func<TimeSpan, TimeSpan> scale)
    {
        this.awaitsData = awaitsData;
        this.scale = scale;
        foreach (var symbol in symbols)
            bySymbol[symbol] = new KrakenSubscription(symbol);
    }

    /// <summary>True once the venue took one of them: from then on it sends heartbeats.</summary>
    public bool AnyTaken => bySymbol.Values.Any(s => s.State is KrakenSubscriptionState.AwaitingData or KrakenSubscriptionState.Active
        or KrakenSubscriptionState.ToLeave or KrakenSubscriptionState.Leaving);

    /// <summary>True while data of at least one are as they should be.</summary>
    public bool AnyActive => bySymbol.Values.Any(s => s.State == KrakenSubscriptionState.Active);

    /// <summary>True when the venue refuses all of them for good.</summary>
    public bool AllRefused => bySymbol.Values.All(s => s.Permanent);

    /// <summary>How many have a problem just now.</summary>
    public int Troubled => bySymbol.Values.Count(s => s.Problem is not null);

    /// <summary>What is wrong with which pair, for people; null when nothing is.</summary>
    public string? Problems
    {
        get
        {
            var problems = bySymbol.Values.Where(s => s.Problem is not null)
                .Select(s => s.Symbol.Length == 0 ? s.Problem! : $"{s.Symbol}: {s.Problem}").ToList();
            return problems.Count == 0 ? null
                : string.Join("; ", problems.Take(5)) + (problems.Count > 5 ? $"; and {problems.Count - 5} more" : "");
        }
    }

    /// <summary>A new connection: everything is to be asked for at once.</summary>
    public void BeginConnection(TimeSpan now)
    {
        nextRequest = now;
        foreach (var subscription in bySymbol.Values)
        {
            subscription.Permanent = false;
            subscription.Enter(KrakenSubscriptionState.Wanted, now);
        }
    }

    /// <summary>An id for a request that is no subscription.</summary>
    public long NextRequestId() => ++lastRequestId;

    /// <summary>True for a pair that belongs here.</summary>
    public bool Has(string symbol) => bySymbol.ContainsKey(symbol);

    /// <summary>The next request to send now; null when there is none. Call until there is none.</summary>
    public KrakenRequest? NextRequest(TimeSpan now)
    {
        Expire(now);
        if (now < nextRequest)
            return null;
        var leaving = bySymbol.Values.Where(s => s.State == KrakenSubscriptionState.ToLeave).Take(PairsPerRequest).ToList();
        if (leaving.Count > 0)
            return Ask(leaving, subscribe: false, now);
        var wanted = bySymbol.Values.Where(s => s.State == KrakenSubscriptionState.Wanted && s.Due <= now).Take(PairsPerRequest).ToList();
        return wanted.Count > 0 ? Ask(wanted, subscribe: true, now) : null;
    }

    /// <summary>When <see cref="NextRequest"/> has to be called again at the latest.</summary>
    public TimeSpan NextDue(TimeSpan now)
    {
        var next = now + scale(TimeSpan.FromMinutes(10));
        foreach (var subscription in bySymbol.Values)
        {
            var due = subscription.State switch
            {
                KrakenSubscriptionState.Active => next,
                KrakenSubscriptionState.ToLeave => nextRequest,
                KrakenSubscriptionState.Wanted => subscription.Due > nextRequest ? subscription.Due : nextRequest,
                _ => subscription.Due,
            };
            if (due < next)
                next = due;
        }

        return next;
    }

    /// <summary>Takes an answer in.</summary>
    /// <returns>False when no subscription waits for it.</returns>
    public bool OnReply(KrakenReply reply, TimeSpan now)
    {
        var concerned = bySymbol.Values.Where(s => IsAbout(s, reply)).ToList();
        foreach (var subscription in concerned)
        {
            if (subscription.State == KrakenSubscriptionState.Leaving)
                // Refused or not, it is to be asked for anew: "Subscription Not Found" is as good as left.
                subscription.Enter(KrakenSubscriptionState.Wanted, now + WaitAfter(subscription.Failures - 1));
            else if (reply.Success)
                subscription.Enter(
                    awaitsData ? KrakenSubscriptionState.AwaitingData : KrakenSubscriptionState.Active, now + scale(TimeSpan.FromSeconds(10)));
            else if (reply.Error!.StartsWith("Already subscribed", StringComparison.OrdinalIgnoreCase))
                subscription.Enter(awaitsData ? KrakenSubscriptionState.ToLeave : KrakenSubscriptionState.Active, now);
            else
                Fail(subscription, Redaction.Clean(reply.Error), now);
            if (reply.Success && !awaitsData)
                Succeed(subscription);
        }

        return concerned.Count > 0;
    }

    /// <summary>Good data of a pair came.</summary>
    public void OnData(string symbol)
    {
        if (!bySymbol.TryGetValue(symbol, out var subscription))
            return;
        if (subscription.State is KrakenSubscriptionState.AwaitingData or KrakenSubscriptionState.Asked)
            subscription.Enter(KrakenSubscriptionState.Active, TimeSpan.Zero);
        if (subscription.State != KrakenSubscriptionState.Active)
            return;
        if (subscription.Problem is not null)
            Succeed(subscription);
        if (!awaitsData)
            subscription.Failures = 0;
    }

    /// <summary>Only good updates after the snapshot prove that a book that failed is well again.</summary>
    public void OnProven(string symbol)
    {
        if (bySymbol.TryGetValue(symbol, out var subscription))
            subscription.Failures = 0;
    }

    /// <summary>The data of a pair do not fit: leave it and ask for it anew, once per failure.</summary>
    /// <returns>False when that is under way already.</returns>
    public bool Resynchronise(string symbol, string problem)
    {
        if (!bySymbol.TryGetValue(symbol, out var subscription)
            || subscription.State is not (KrakenSubscriptionState.Active or KrakenSubscriptionState.AwaitingData or KrakenSubscriptionState.Asked))
            return false;
        subscription.Problem = problem;
        subscription.Failures++;
        subscription.Enter(KrakenSubscriptionState.ToLeave, TimeSpan.Zero);
        return true;
    }

    private static bool IsAbout(KrakenSubscription subscription, KrakenReply reply)
    {
        if (subscription.State is not (KrakenSubscriptionState.Asked or KrakenSubscriptionState.Leaving))
            return false;
        // A bare error frame names nothing: it is about all that is under way.
        if (reply.Method is null)
            return true;
        if (reply.Method != (subscription.State == KrakenSubscriptionState.Leaving ? "unsubscribe" : "subscribe"))
            return false;
        if (reply.RequestId is { } id && id != subscription.RequestId)
            return false;
        return reply.Symbol is null || subscription.Symbol.Length == 0 || reply.Symbol == subscription.Symbol;
    }

    private KrakenRequest Ask(List<KrakenSubscription> subscriptions, bool subscribe, TimeSpan now)
    {
        var id = NextRequestId();
        nextRequest = now + scale(TimeSpan.FromMilliseconds(100));
        foreach (var subscription in subscriptions)
        {
            subscription.RequestId = id;
            subscription.Enter(
                subscribe ? KrakenSubscriptionState.Asked : KrakenSubscriptionState.Leaving, now + scale(TimeSpan.FromSeconds(10)));
        }

        return new KrakenRequest(id, subscribe, [.. subscriptions.Select(s => s.Symbol).Where(s => s.Length > 0)]);
    }

    private void Expire(TimeSpan now)
    {
        foreach (var subscription in bySymbol.Values)
        {
            if (subscription.Due > now)
                continue;
            if (subscription.State == KrakenSubscriptionState.Asked)
                Fail(subscription, "no answer to the subscription", now);
            else if (subscription.State == KrakenSubscriptionState.Leaving)
                subscription.Enter(KrakenSubscriptionState.Wanted, now);
            else if (subscription.State == KrakenSubscriptionState.AwaitingData)
                Resynchronise(subscription.Symbol, "no snapshot came");
        }
    }

    private void Fail(KrakenSubscription subscription, string problem, TimeSpan now)
    {
        subscription.Problem = problem;
        subscription.Failures++;
        subscription.Permanent = PermanentErrors.Any(e => problem.StartsWith(e, StringComparison.OrdinalIgnoreCase));
        subscription.Enter(
            KrakenSubscriptionState.Wanted,
            now + (subscription.Permanent ? scale(TimeSpan.FromMinutes(10)) : scale(TimeSpan.FromSeconds(5)) + WaitAfter(subscription.Failures - 1)));
    }

    private static void Succeed(KrakenSubscription subscription)
    {
        subscription.Problem = null;
        subscription.Permanent = false;
    }

    // None after the first failure, then 2, 4, … to 60 seconds.
    private TimeSpan WaitAfter(int failures) =>
        failures <= 0 ? TimeSpan.Zero : scale(TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(failures, 10)))));
}
