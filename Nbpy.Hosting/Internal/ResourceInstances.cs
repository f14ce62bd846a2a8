using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>The instances of a resource: one with the resource's own name as its id, or <c>NAME-1</c> to <c>NAME-N</c> with
/// <c>WithReplicas(N)</c>. What runs for one instance (its variables, its health) sees that instance's ports.</summary>
internal static class ResourceInstances
{
    private static readonly AsyncLocal<(IResource Resource, int Index)?> Current = new();

    public static int CountOf(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    public static IReadOnlyList<string> IdsOf(IResource resource) => CountOf(resource) is > 1 and var count
        ? [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{resource.Name}-{i}"))]
        : [resource.Name];

    /// <summary>The instance that the present call is for; null when it is for none of this resource's.</summary>
    public static int? CurrentOf(IResource resource) => Current.Value is { } current && current.Resource == resource ? current.Index : null;

    /// <summary>From here on, in this method and what it calls, the call is for that instance. Only to be used in an async method, which forgets
    /// it at its end.</summary>
    public static void Enter(IResource resource, int index) => Current.Value = (resource, index);

    /// <exception cref="DistributedApplicationException">An instance's id is another resource's name.</exception>
    public static void Check(IReadOnlyList<IResource> resources)
    {
        var names = resources.Select(r => r.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var resource in resources.Where(r => CountOf(r) > 1))
            if (IdsOf(resource).FirstOrDefault(names.Contains) is { } taken)
                throw new DistributedApplicationException($"'{resource.Name}' has {CountOf(resource)} replicas, and one of them would be called '{taken}', as another resource is; rename one of the two.");
    }
}
