using System.Collections.Immutable;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

internal static class SnapshotProperties
{
    /// <summary>The properties with these instead of those of the same names; null takes one away.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> With(this ImmutableArray<ResourcePropertySnapshot> properties, params ReadOnlySpan<(string Name, object? Value)> changes)
    {
        foreach (var (name, value) in changes)
            properties = [.. properties.Where(p => p.Name != name), .. value is null ? [] : (ResourcePropertySnapshot[])[new(name, value)]];
        return properties;
    }
}
