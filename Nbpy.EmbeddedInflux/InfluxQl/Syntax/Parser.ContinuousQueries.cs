namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    // After CREATE CONTINUOUS.
    private CreateContinuousQueryStatement CreateContinuousQuery()
    {
        Require("QUERY");
        var name = Identifier();
        Require("ON");
        var database = Identifier();
        var (every, span) = (0L, 0L);
        if (Accept("RESAMPLE"))
        {
            if (Accept("EVERY"))
                every = RequireDuration();
            if (Accept("FOR"))
                span = RequireDuration();
            if (every == 0 && span == 0)
                throw Expected("EVERY, FOR");
        }

        Require("BEGIN");
        Require("SELECT");
        var select = Select(false, targetRequired: true);
        var interval = Interval(select);
        var aggregated = select.Fields.Any(f => f.Expr.Flatten().Any(e => e is Call));
        if (aggregated && interval == 0)
            throw Expected("GROUP BY time(...)", _last);
        Require("END");
        var least = Math.Max(interval, every);
        if (span != 0 && least > span)
        {
            throw Error($"FOR duration must be >= GROUP BY time duration: must be a minimum of {Durations.Ql(least)}, got {Durations.Ql(span)}");
        }

        return new CreateContinuousQueryStatement(name, database, every, span, select);
    }

    /// <summary>The interval of GROUP BY time(…) in nanoseconds; zero when there is none.</summary>
    public static long Interval(SelectStatement select) => select.Dimensions.Select(d => d.Bare()).OfType<Call>()
        .Select(c => c is { Name: "time", Args.Count: > 0 } && c.Args[0] is DurationLiteral d ? d.Nanoseconds : 0).FirstOrDefault();

    private long RequireDuration()
    {
        if (_token.Kind != TokenKind.Duration)
            throw Expected("duration");
        return Durations.Parse(_token.Text, out var ns) is { } wrong ? throw ErrorAt(wrong, _token) : AdvanceWith(ns);
    }
}
