using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>The order of stopping: a resource stops after all that wait for it. Sources wait for sinks, so sources stop first.</summary>
internal static class StopOrder
{
    /// <summary>Levels, first to last; those of one level stop together.</summary>
    /// <exception cref="DistributedApplicationException">The edges form a circle.</exception>
    public static IReadOnlyList<IReadOnlyList<IResource>> Of(IReadOnlyList<IResource> resources)
    {
        var left = new HashSet<IResource>(resources);
        var levels = new List<IReadOnlyList<IResource>>();
        while (left.Count > 0)
        {
            var waitedFor = left.SelectMany(Dependencies).ToHashSet();
            var level = resources.Where(r => left.Contains(r) && !waitedFor.Contains(r)).ToList();
            if (level.Count == 0)
                throw new DistributedApplicationException($"These wait for each other in a circle: {string.Join(", ", left.Select(r => r.Name))}.");
            levels.Add(level);
            left.ExceptWith(level);
        }

        return levels;
    }

    private static IEnumerable<IResource> Dependencies(IResource resource) => resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource);
}
