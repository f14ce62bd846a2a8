namespace Nbpy.ServiceDefaults;

/// <summary>Whether a service does its work now, and why not.</summary>
/// <param name="Healthy">True: it does.</param>
/// <param name="Reason">The state in a few words, healthy or not.</param>
/// <param name="Quiet">True: that no data come is no fault of its own that a restart would mend: a recording has ended, a venue refuses, the
/// store is away.</param>
public sealed record ServiceHealth(bool Healthy, string Reason, bool Quiet = false)
{
    /// <summary>The same with what else there is to say; nulls are left out.</summary>
    public ServiceHealth With(params string?[] more) => this with { Reason = string.Join("; ", more.Where(m => m is not null).Prepend(Reason)) };
}

/// <summary>A long-running part: what a program of NBPY runs between its start and its stop.</summary>
public interface IService
{
    /// <summary>The present health; cheap, any thread.</summary>
    ServiceHealth Health { get; }

    /// <summary>Named counters since start, for pages and the closing report; cheap, any thread.</summary>
    IReadOnlyDictionary<string, long> Counters { get; }

    /// <summary>Counters that the service itself goes on with after a restart; the others are added up by whoever keeps them.</summary>
    IReadOnlySet<string> CarriedCounters => System.Collections.Frozen.FrozenSet<string>.Empty;

    /// <summary>Works until cancelled, then drains and returns.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
