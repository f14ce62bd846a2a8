using System.Globalization;
using System.Text;
using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>Places resources in columns by what they wait for: first those that wait for nothing, last those that everything leads to. Within a
/// column each stands near the middle of its neighbours, so that few lines cross. A line that a longer way says already is not drawn; one that goes
/// past columns has a lane of its own in each, so that it does not seem to end at a box that it passes behind.</summary>
internal sealed class GraphLayout
{
    public const int NodeWidth = 204;
    public const int NodeHeight = 46;
    private const int LaneHeight = 8;
    private const int ColumnGap = 76;
    private const int RowGap = 14;
    private const int Margin = 16;
    private const int Sweeps = 4;

    private GraphLayout(IReadOnlyList<Node> nodes, IReadOnlyList<Edge> edges)
    {
        Nodes = nodes;
        Edges = edges;
        Width = nodes.Count == 0 ? 0 : nodes.Max(n => n.X) + NodeWidth + Margin;
        Height = nodes.Count == 0 ? 0 : nodes.Select(n => n.Y + NodeHeight).Concat(edges.SelectMany(e => e.Lanes).Select(l => l.Y + LaneHeight)).Max() + Margin;
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
            r => r.Relationships.Where(x => x.IsWait).Select(x => x.Resource).Where(n => byName.ContainsKey(n) && !n.Equals(r.Name, StringComparison.OrdinalIgnoreCase))
                .Select(n => byName[n].Name).Distinct().ToList(),
            StringComparer.OrdinalIgnoreCase);
        Reduce(needs);
        var columns = Columns(resources, needs);
        var (links, ways) = AddLanes(columns, needs);
        var rows = Order(columns, links);
        int HeightOf(string name) => byName.ContainsKey(name) ? NodeHeight : LaneHeight;
        int HeightOfAll(List<string> column) => column.Sum(n => HeightOf(n) + RowGap);
        var tallest = columns.Count == 0 ? 0 : columns.Max(HeightOfAll);
        var places = new Dictionary<string, (double X, double Y)>(StringComparer.OrdinalIgnoreCase);
        for (var c = 0; c < columns.Count; c++)
        {
            var y = Margin + ((tallest - HeightOfAll(columns[c])) / 2.0);
            foreach (var name in columns[c].OrderBy(n => rows[n]))
            {
                places[name] = (Margin + (c * (NodeWidth + ColumnGap)), y);
                y += HeightOf(name) + RowGap;
            }
        }

        var nodes = places.Where(p => byName.ContainsKey(p.Key)).ToDictionary(p => p.Key, p => new Node(byName[p.Key], p.Value.X, p.Value.Y), StringComparer.OrdinalIgnoreCase);
        return new GraphLayout([.. nodes.Values], [.. ways.Select(w => new Edge(nodes[w.From], nodes[w.To], [.. w.Lanes.Select(l => (places[l].X, places[l].Y + (LaneHeight / 2.0)))]))]);
    }

    /// <summary>Gives every line that goes past columns a lane in each; lines from the same resource share theirs.</summary>
    /// <returns>What each stands next to, lanes included; the lines with their lanes.</returns>
    private static (Dictionary<string, List<string>> Links, List<(string From, string To, List<string> Lanes)> Ways) AddLanes(
        List<List<string>> columns, Dictionary<string, List<string>> needs)
    {
        var links = columns.SelectMany(c => c).ToDictionary(n => n, _ => new List<string>(), StringComparer.OrdinalIgnoreCase);
        var columnOf = columns.SelectMany((c, i) => c.Select(n => (n, i))).ToDictionary(x => x.n, x => x.i, StringComparer.OrdinalIgnoreCase);
        var ways = new List<(string, string, List<string>)>();
        foreach (var (name, others) in needs)
        {
            foreach (var from in others)
            {
                var lanes = new List<string>();
                for (var c = columnOf[from] + 1; c < columnOf[name]; c++)
                {
                    // No resource's name has a line break.
                    var lane = string.Create(CultureInfo.InvariantCulture, $"{from}\n{c}");
                    if (links.TryAdd(lane, [lanes.Count > 0 ? lanes[^1] : from]))
                        columns[c].Add(lane);
                    lanes.Add(lane);
                }

                links[name].Add(lanes.Count > 0 ? lanes[^1] : from);
                ways.Add((from, name, lanes));
            }
        }

        return (links, ways);
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

    /// <summary>A line from what is needed to what needs it, through its lanes: each the left end and the height.</summary>
    public sealed record Edge(Node From, Node To, IReadOnlyList<(double X, double Y)> Lanes)
    {
        public string Path
        {
            get
            {
                double x = From.X + NodeWidth, y = From.Y + (NodeHeight / 2.0);
                var path = new StringBuilder().Append(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}");
                foreach (var (laneX, laneY) in Lanes)
                {
                    Curve(laneX, laneY, laneX);
                    x = laneX + NodeWidth;
                    path.Append(CultureInfo.InvariantCulture, $"L{x:0.#} {y:0.#}");
                }

                Curve(To.X, To.Y + (NodeHeight / 2.0), To.X - 5);
                return path.ToString();

                void Curve(double toX, double toY, double endX)
                {
                    var bend = Math.Max(40, (toX - x) / 2);
                    path.Append(CultureInfo.InvariantCulture, $"C{x + bend:0.#} {y:0.#} {toX - bend:0.#} {toY:0.#} {endX:0.#} {toY:0.#}");
                    y = toY;
                }
            }
        }
    }
}
