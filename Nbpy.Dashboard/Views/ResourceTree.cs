using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>Resources with what belongs to them: children follow their parent, in the order they came in. One whose parent is not there, or that is
/// in a circle, stands by itself.</summary>
internal static class ResourceTree
{
    /// <summary>Every resource once, with how deep it is.</summary>
    public static IReadOnlyList<(ResourceView Resource, int Depth)> Nest(IEnumerable<ResourceView> resources)
    {
        var all = resources.ToList();
        var names = all.Select(r => r.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var children = all.Where(r => ParentOf(r) is not null).ToLookup(r => ParentOf(r)!, StringComparer.OrdinalIgnoreCase);
        var nested = new List<(ResourceView, int)>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var resource in all.Where(r => ParentOf(r) is null).Concat(all))
            Add(resource, 0);
        return nested;

        string? ParentOf(ResourceView r) => r.Relationships.FirstOrDefault(e => e.Kind == "Parent" && names.Contains(e.Resource))?.Resource;

        void Add(ResourceView resource, int depth)
        {
            if (!seen.Add(resource.Name))
                return;
            nested.Add((resource, depth));
            foreach (var child in children[resource.Name])
                Add(child, depth + 1);
        }
    }
}
