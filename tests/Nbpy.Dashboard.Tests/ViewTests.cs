using Nbpy.Dashboard.Model;
using Nbpy.Dashboard.Telemetry;
using Nbpy.Dashboard.Views;

namespace Nbpy.Dashboard.Tests;

public sealed class ViewTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Theory]
    [InlineData("plain", "plain||")]
    [InlineData("\u001b[31mred\u001b[0m x", "red|f1|,  x||")]
    [InlineData("\u001b[1;92mok\u001b[22;39mdone", "ok|f10 a1|, done||")]
    [InlineData("\u001b[38;5;208mo\u001b[48;2;1;2;3mb", "o||color:rgb(255,135,0);, b||color:rgb(255,135,0);background:rgb(1,2,3);")]
    [InlineData("a\u001b[2Kb\u001b]0;title\ac", "a||, b||, c||")]
    [InlineData("cut \u001b[3", "cut ||")]
    public void AnsiCodesBecomeStyledPieces(string line, string expected) =>
        Assert.Equal(expected, string.Join(", ", AnsiText.Parse(line).Select(p => $"{p.Text}|{p.Class}|{p.Style}")));

    [Fact]
    public void ChildrenFollowTheirParentAndNothingIsLostInACircle()
    {
        ResourceView Of(string name, string? parent = null) => new()
        {
            Name = name, Type = "Project", State = "Running", Relationships = parent is null ? [] : [new RelationshipView(parent, "Parent")],
        };
        var nested = ResourceTree.Nest([Of("b-setup", "B"), Of("a"), Of("b"), Of("b-setup-part", "b-setup"), Of("orphan", "hidden"), Of("x", "y"), Of("y", "x")]);
        Assert.Equal(
            [("a", 0), ("b", 0), ("b-setup", 1), ("b-setup-part", 2), ("orphan", 0), ("x", 0), ("y", 1)],
            nested.Select(n => (n.Resource.Name, n.Depth)));
    }

    [Fact]
    public void PercentilesLieWithinTheBucketThatHoldsTheRank()
    {
        var point = new MetricPoint(Now, 100, 0, [10, 20, 50], [50, 40, 10, 0]);
        Assert.Equal(10, Percentiles.Of(point, 0.5));
        Assert.Equal(20, Percentiles.Of(point, 0.9));
        Assert.Equal(35, Percentiles.Of(point, 0.95));
        Assert.Equal(50, Percentiles.Of(new MetricPoint(Now, 1, 0, [10, 20, 50], [0, 0, 0, 1]), 0.5));
        Assert.Null(Percentiles.Of(new MetricPoint(Now, 0, 0, [10], [0, 0]), 0.5));
    }

    [Fact]
    public void AfterARestartACounterGoesOnFromNothing()
    {
        var rates = MetricView.Rates([new(Now, 100), new(Now.AddSeconds(10), 200), new(Now.AddSeconds(20), 50)]);
        Assert.Equal([10.0, 5.0], rates.Select(r => r.Value));
    }

    [Theory]
    [InlineData("a:eq:10", "10.0", true)]
    [InlineData("a:gt:9", "10", true)]
    [InlineData("a:lt:9", "10", false)]
    [InlineData("a:contains:EL", "hello", true)]
    [InlineData("a:ne:x", "x", false)]
    [InlineData("b:ne:x", "x", true)]
    [InlineData("b:eq:x", "x", false)]
    [InlineData("a:eq:x%3Ay", "x:y", true)]
    public void FiltersCompareAnyAttribute(string filter, string value, bool fits)
    {
        var log = new LogEntry { Id = 1, Resource = "r", Time = Now, Severity = LogSeverity.Information, Message = "m", Category = "c", Attributes = [new("a", value)] };
        var parsed = FieldFilter.Parse(filter)!;
        Assert.Equal(fits, parsed.Admits(log));
        Assert.Equal(parsed, FieldFilter.Parse(parsed.ToString()));
    }

    [Fact]
    public void TheGraphGoesFromLeftToRightAndLeavesOutWhatALongerWaySays()
    {
        ResourceView R(string name, params string[] waits) => new() { Name = name, Type = "Project", State = "Running", Relationships = [.. waits.Select(w => new RelationshipView(w, "WaitFor"))] };
        var layout = GraphLayout.Of([R("store"), R("setup", "store"), R("sub", "setup", "store"), R("pub", "sub"), R("circle-a", "circle-b"), R("circle-b", "circle-a")]);
        Assert.All(layout.Edges.Where(e => !e.To.Resource.Name.StartsWith("circle", StringComparison.Ordinal)), e => Assert.True(e.From.X < e.To.X));
        Assert.DoesNotContain(layout.Edges, e => e.From.Resource.Name == "store" && e.To.Resource.Name == "sub");
        Assert.Equal(6, layout.Nodes.Select(n => (n.X, n.Y)).Distinct().Count());
    }

    [Fact]
    public void ALineOfTheGraphPassesBehindNoBoxAndOnlyWaitsAreDrawn()
    {
        ResourceView R(string name, params string[] waits) => new()
        {
            Name = name, Type = "Project", State = "Running", Relationships = [.. waits.Select(w => new RelationshipView(w, "WaitFor")), new("far", "Reference")],
        };
        var layout = GraphLayout.Of([R("store"), R("filter"), R("setup", "store"), R("sub", "setup"), R("far", "sub", "filter")]);
        Assert.Equal(4, layout.Edges.Count);
        var past = layout.Edges.Single(e => e.From.Resource.Name == "filter");
        Assert.Equal(2, past.Lanes.Count);
        Assert.All(past.Lanes, lane => Assert.DoesNotContain(layout.Nodes, n => n.X == lane.X && n.Y <= lane.Y && lane.Y <= n.Y + GraphLayout.NodeHeight));
        Assert.InRange(layout.Height, past.Lanes.Max(l => l.Y), 10_000);
    }

    [Fact]
    public void ATraceIsATreeAndOrphansAndCirclesAreShownAllTheSame()
    {
        SpanEntry S(string id, string parent, int start) => new() { Resource = "r", TraceId = "t", SpanId = id, ParentId = parent, Name = id, Start = Now.AddSeconds(start), Duration = TimeSpan.FromSeconds(1) };
        var trace = TraceView.Find([S("c", "b", 3), S("b", "a", 2), S("a", "", 1), S("b2", "a", 4), S("orphan", "gone", 5), S("x", "y", 6), S("y", "x", 7)], "t")!;
        Assert.Equal(["a0", "b1", "c2", "b21", "orphan0", "x0", "y1"], trace.Rows().Select(r => r.Span.Name + r.Depth));
    }

    [Fact]
    public void TheConsoleKeepsTheNewestLinesAndCountsTheRest()
    {
        var buffer = new ConsoleBuffer(capacity: 100);
        for (var i = 0; i < 250; i++)
            buffer.Add("a", [new ConsoleLine(i, Now, $"line {i}", false)]);
        Assert.InRange(buffer.Count, 90, 100);
        Assert.Equal(250, buffer.Count + buffer.Dropped);
        Assert.Equal("line 249", buffer.Find(null)[^1].Line.Text);
    }
}
