using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard.Views;

/// <summary>A span in its trace.</summary>
/// <param name="Span">The span.</param>
/// <param name="Depth">0 at a root.</param>
internal sealed record TraceRow(SpanEntry Span, int Depth);

/// <summary>The spans of one trace, as a tree in the order of their start.</summary>
internal sealed class TraceView
{
    private TraceView(string id, SpanEntry[] spans)
    {
        Id = id;
        Start = spans.Min(s => s.Start);
        Duration = spans.Max(s => s.Start + s.Duration) - Start;
        Spans = spans;
        Root = spans.Where(s => s.ParentId.Length == 0).MinBy(s => s.Start) ?? spans.MinBy(s => s.Start)!;
        Services = [.. spans.GroupBy(s => s.Resource).OrderBy(g => g.Min(s => s.Start)).Select(g => (g.Key, g.Count()))];
    }

    public string Id { get; }

    public SpanEntry Root { get; }

    public DateTimeOffset Start { get; }

    public TimeSpan Duration { get; }

    public IReadOnlyList<SpanEntry> Spans { get; }

    public IReadOnlyList<(string Resource, int Spans)> Services { get; }

    public bool HasError => Spans.Any(s => s.IsError);

    /// <summary>The traces of all spans, newest first.</summary>
    public static List<TraceView> All(IEnumerable<SpanEntry> spans) =>
        [.. spans.GroupBy(s => s.TraceId).Select(g => new TraceView(g.Key, [.. g])).OrderByDescending(t => t.Start)];

    public static TraceView? Find(IEnumerable<SpanEntry> spans, string id)
    {
        var own = spans.Where(s => s.TraceId.StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToArray();
        return own.Length == 0 ? null : new TraceView(own[0].TraceId, own);
    }

    /// <summary>The tree, depth first. A span whose parent is not here (not yet, or not any more) stands at the root.</summary>
    public IReadOnlyList<TraceRow> Rows()
    {
        var ids = Spans.Select(s => s.SpanId).ToHashSet();
        var children = Spans.Where(s => s.ParentId.Length > 0 && ids.Contains(s.ParentId) && s.ParentId != s.SpanId).OrderBy(s => s.Start).ToLookup(s => s.ParentId);
        var rows = new List<TraceRow>(Spans.Count);
        var seen = new HashSet<SpanEntry>();
        foreach (var root in Spans.Where(s => s.ParentId.Length == 0 || !ids.Contains(s.ParentId)).OrderBy(s => s.Start))
            Add(root, 0);

        // Spans that are each other's parents have no root; they are shown all the same.
        foreach (var rest in Spans.Where(s => !seen.Contains(s)).ToList())
            Add(rest, 0);
        return rows;

        void Add(SpanEntry root, int at)
        {
            var open = new Stack<TraceRow>([new TraceRow(root, at)]);
            while (open.TryPop(out var row))
            {
                if (!seen.Add(row.Span))
                    continue;
                rows.Add(row);
                foreach (var child in children[row.Span.SpanId].Reverse())
                    open.Push(new TraceRow(child, row.Depth + 1));
            }
        }
    }
}
