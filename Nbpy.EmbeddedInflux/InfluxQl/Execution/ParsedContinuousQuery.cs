using Nbpy.EmbeddedInflux.ContinuousQueries;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>A kept continuous query, parsed: its schedule and the SELECT for given times.</summary>
internal sealed class ParsedContinuousQuery
{
    private static readonly Dictionary<string, object?> NoParameters = [];
    private readonly SelectStatement _select;

    public ParsedContinuousQuery(ContinuousQuery query)
    {
        Query = query;
        if (Parser.Parse(query.Text, NoParameters) is not [CreateContinuousQueryStatement create])
            throw new InfluxQlParseException($"continuous query {query.Name} is not one");
        _select = create.Select;
        var buckets = SelectPlan.TimeDimension(_select, 0) ?? throw new StatementException("continuous queries must be aggregate queries");
        Schedule = new ContinuousQuerySchedule(buckets, create.ResampleEvery, create.ResampleFor);
    }

    public ContinuousQuery Query { get; }

    public ContinuousQuerySchedule Schedule { get; }

    /// <summary>The statement over the times from <paramref name="begin"/> up to, without, <paramref name="end"/>.</summary>
    public string Statement(long begin, long end)
    {
        var time = new VarRef("time");
        Expr range = new Binary("AND", new Binary(">=", time, new Literal(begin)), new Binary("<", time, new Literal(end)));
        return StatementText.Of(_select with { Where = _select.Where is null ? range : new Binary("AND", new Paren(_select.Where), range) });
    }
}
