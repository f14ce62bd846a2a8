namespace Nbpy.Publishers.Kraken.Live;

/// <summary>Where a pair's subscription stands.</summary>
public enum KrakenSubscriptionState
{
    /// <summary>To be asked for, once its time has come.</summary>
    Wanted,

    /// <summary>Asked for; no answer yet.</summary>
    Asked,

    /// <summary>The venue took it, and its first data are to come.</summary>
    AwaitingData,

    /// <summary>Data came.</summary>
    Active,

    /// <summary>To be left, and then asked for anew.</summary>
    ToLeave,

    /// <summary>Leaving; no answer yet.</summary>
    Leaving,
}

/// <summary>One pair's subscription.</summary>
/// <param name="symbol">The pair; empty for a channel without pairs.</param>
internal sealed class KrakenSubscription(string symbol)
{
    public string Symbol => symbol;
    public KrakenSubscriptionState State { get; private set; } = KrakenSubscriptionState.Wanted;

    /// <summary>When the state has to be looked at again.</summary>
    public TimeSpan Due { get; private set; } = TimeSpan.Zero;

    /// <summary>The request under way.</summary>
    public long RequestId { get; set; }

    /// <summary>Failures since data last came: they set the wait.</summary>
    public int Failures { get; set; }

    /// <summary>Why the venue (or this client) gave up on it for now; null while there is nothing wrong.</summary>
    public string? Problem { get; set; }

    /// <summary>The problem lies in what was asked for, and no waiting mends it.</summary>
    public bool Permanent { get; set; }

    public void Enter(KrakenSubscriptionState state, TimeSpan due) => (State, Due) = (state, due);
}
