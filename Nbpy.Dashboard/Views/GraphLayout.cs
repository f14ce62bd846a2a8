using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>Places resources in columns by what they wait for: first those that wait for nothing, last those that everything leads to. Within a
/// column each stands near the middle of its neighbours, so that few lines cross. A line that a longer way says already is not drawn.</summary>
internal sealed class GraphLayout
{
    public const int NodeWidth = 204;
    public const int NodeHeight = 46;
    private const int ColumnGap = 76;
    private const int RowGap = 14;
    private const int Margin = 16;
    private const int Sweeps = 4;

    private GraphLayout(IReadOnlyList<Node> nodes, IReadOnlyList<Edge> edges)
    {
        Nodes = nodes;
        Edges = edges;
        Width = nodes.Count == 0 ? 0 : nodes.Max(n => n.X) + NodeWidth + Margin;
        Height = nodes.Count == 0 ? 0 : nodes.Max(n => n.Y) + NodeHeight + Margin;
    }

    public IReadOnlyList<Node> Nodes { get; }

    public IReadOnlyList<Edge> Edges { get; }

    public double Width { get; }

    public double Height { get; }

    public static GraphLayout Of(IReadOnlyList<ResourceView> resources)
    {
        var byName = resources.ToDictionary(r => r.Name, StringComparer.OrdinalIgnoreCase);
        var needs = resources.ToDictionary(
            r => r.Name,
            r => r.Relationships.Select(x => x.Resource).Where(n => byName.ContainsKey(n) && !n.Equals(r.Name, StringComparison.OrdinalIgnoreCase))
                .Select(n => byName[n].Name).Distinct().ToList(),
            StringComparer.OrdinalIgnoreCase);
        Reduce(needs);
        var columns = Columns(resources, needs);
        var rows = Order(columns, needs);
        var tallest = columns.Count == 0 ? 0 : columns.Max(c => c.Count);
        var nodes = new List<Node>();
        for (var c = 0; c < columns.Count; c++)
        {
            var top = Margin + ((tallest - columns[c].Count) * (NodeHeight + RowGap) / 2.0);
            nodes.AddRange(columns[c].OrderBy(n => rows[n]).Select((n, i) =>
                new Node(byName[n], Margin + (c * (NodeWidth + ColumnGap)), top + (i * (NodeHeight + RowGap)))));
        }

        var placed = nodes.ToDictionary(n => n.Resource.Name, StringComparer.OrdinalIgnoreCase);
        return new GraphLayout(nodes, [.. needs.SelectMany(n => n.Value.Select(from => new Edge(placed[from], placed[n.Key])))]);
    }

    /// <summary>Takes out of each one's needs what another of its needs itself needs, near or far.</summary>
    private static void Reduce(Dictionary<string, List<string>> needs)
    {
        var all = new Dictionary<string, HashSet<string>>(StringComparer.OrdinalIgnoreCase);
        HashSet<string> All(string name)
        {
            if (all.TryGetValue(name, out var known))
                return known;
            all[name] = known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var other in needs[name])
            {
                known.Add(other);
                known.UnionWith(All(other));
            }

            return known;
        }

        foreach (var name in needs.Keys)
            All(name);
        foreach (var own in needs.Values)
        {
            var implied = own.Where(n => own.Any(other => other != n && all[other].Contains(n) && !all[n].Contains(other))).ToList();
            own.RemoveAll(implied.Contains);
        }
    }

    /// <summary>The column of each: one after the last that it needs. A circle, which a host refuses anyway, is cut.</summary>
    private static List<List<string>> Columns(IReadOnlyList<ResourceView> resources, Dictionary<string, List<string>> needs)
    {
        var depth = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        int Depth(string name)
        {
            if (depth.TryGetValue(name, out var known))
                return known;
            depth[name] = 0;
            return depth[name] = needs[name].Count == 0 ? 0 : 1 + needs[name].Max(Depth);
        }

        var columns = new List<List<string>>();
        foreach (var resource in resources)
        {
            var column = Depth(resource.Name);
            while (columns.Count <= column)
                columns.Add([]);
            columns[column].Add(resource.Name);
        }

        return columns;
    }

    private static Dictionary<string, double> Order(List<List<string>> columns, Dictionary<string, List<string>> needs)
    {
        var neighbours = needs.ToDictionary(n => n.Key, n => new List<string>(n.Value), StringComparer.OrdinalIgnoreCase);
        foreach (var (name, others) in needs)
            foreach (var other in others)
                neighbours[other].Add(name);
        var row = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        foreach (var column in columns)
            Number(column, row);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            foreach (var column in sweep % 2 == 0 ? columns : Enumerable.Reverse(columns))
            {
                column.Sort((a, b) => Middle(a).CompareTo(Middle(b)));
                Number(column, row);
            }
        }

        return row;

        double Middle(string name) => neighbours[name].Count == 0 ? row[name] : neighbours[name].Average(n => row[n]);
    }

    private static void Number(List<string> column, Dictionary<string, double> row)
    {
        for (var i = 0; i < column.Count; i++)
            row[column[i]] = (i + 0.5) / column.Count;
    }

    /// <summary>A resource and the corner of its box.</summary>
    public sealed record Node(ResourceView Resource, double X, double Y);

    /// <summary>A line from what is needed to what needs it.</summary>
    public sealed record Edge(Node From, Node To)
    {
        public string Path
        {
            get
            {
                double x1 = From.X + NodeWidth, y1 = From.Y + (NodeHeight / 2.0), x2 = To.X, y2 = To.Y + (NodeHeight / 2.0), bend = Math.Max(40, (x2 - x1) / 2);
                return FormattableString.Invariant($"M{x1:0.#} {y1:0.#}C{x1 + bend:0.#} {y1:0.#} {x2 - bend:0.#} {y2:0.#} {x2 - 5:0.#} {y2:0.#}");
            }
        }
    }
}
