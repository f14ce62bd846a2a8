using System.Collections.Immutable;

namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>All that <see cref="MetaStore"/> keeps, at one moment.</summary>
public sealed record MetaState
{
    /// <summary>In the order of their making.</summary>
    public ImmutableList<User> Users { get; init; } = [];

    /// <summary>In the order of their making.</summary>
    public ImmutableList<ContinuousQuery> ContinuousQueries { get; init; } = [];

    /// <summary>In the order of their making.</summary>
    public ImmutableList<Subscription> Subscriptions { get; init; } = [];
}
