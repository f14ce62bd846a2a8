namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>CREATE CONTINUOUS QUERY. The durations are in nanoseconds; zero: not said.</summary>
internal sealed record CreateContinuousQueryStatement(
    string Name, string Database, long ResampleEvery, long ResampleFor, SelectStatement Select) : Statement;

internal sealed record DropContinuousQueryStatement(string Name, string Database) : Statement;

/// <summary>KILL QUERY.</summary>
internal sealed record KillQueryStatement(long Id, string Host) : Statement;

/// <summary>EXPLAIN, or EXPLAIN ANALYZE, which runs the query as well.</summary>
internal sealed record ExplainStatement(SelectStatement Select, bool Analyze) : Statement
{
    public override bool Writes => false;
}
