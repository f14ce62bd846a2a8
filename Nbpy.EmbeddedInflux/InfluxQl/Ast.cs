using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

internal abstract record Expression;

internal sealed record Reference(string Name) : Expression;

/// <summary><c>*</c>, or a regular expression for names.</summary>
internal sealed record Wildcard(string? Pattern) : Expression;

/// <summary>long, double, string or bool.</summary>
internal sealed record Literal(object Value) : Expression;

internal sealed record DurationLiteral(long Ns) : Expression;

internal sealed record RegexLiteral(string Pattern) : Expression;

internal sealed record Call(string Name, IReadOnlyList<Expression> Args) : Expression;

internal sealed record Binary(string Op, Expression Left, Expression Right) : Expression;

/// <summary><c>SELECT distinct x</c> inside count().</summary>
internal sealed record SelectField(Expression Expression, string? Alias);

internal sealed record Source(string? Database, string? Policy, string? Name, string? Pattern);

internal enum FillKind
{
    Null,
    None,
    Previous,
    Linear,
    Value,
}

internal abstract record Statement;

internal sealed record SelectStatement(IReadOnlyList<SelectField> Fields, IReadOnlyList<Source> Sources) : Statement
{
    public Expression? Where { get; init; }

    public IReadOnlyList<Expression> GroupBy { get; init; } = [];

    public long Interval { get; init; }

    public long Offset { get; init; }

    public FillKind Fill { get; init; }

    public double FillValue { get; init; }

    public bool Descending { get; init; }

    public int Limit { get; init; }

    public int RowOffset { get; init; }

    public int SeriesLimit { get; init; }

    public int SeriesOffset { get; init; }
}

/// <summary>SHOW …: what, and the clauses that were there.</summary>
internal sealed record ShowStatement(string What) : Statement
{
    public string? Database { get; init; }

    public IReadOnlyList<Source> Sources { get; init; } = [];

    public Expression? Where { get; init; }

    /// <summary>WITH KEY / WITH MEASUREMENT: an exact list or a pattern.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public string? Pattern { get; init; }

    public bool Negated { get; init; }

    public int Limit { get; init; }

    public int RowOffset { get; init; }
}

internal sealed record CreateDatabaseStatement(string Name, PolicyClauses? Policy, string? PolicyName) : Statement;

internal sealed record DropDatabaseStatement(string Name) : Statement;

/// <summary>The clauses of a policy; null where not written. Durations in ns, 0 infinite.</summary>
internal sealed record PolicyClauses(long? Duration, int? Replication, long? ShardDuration, bool Default);

internal sealed record PutPolicyStatement(string Name, string Database, PolicyClauses Clauses, bool Alter) : Statement;

internal sealed record DropPolicyStatement(string Name, string Database) : Statement;

internal sealed record DropMeasurementStatement(string Name) : Statement;

internal sealed record DeleteStatement(IReadOnlyList<Source> Sources, Expression? Where, bool AllPolicies) : Statement;

/// <summary>Parsed or not, it is not done here; the answer says so.</summary>
internal sealed record UnsupportedStatement(string What) : Statement;

/// <summary>A statement that failed; the message is the answer.</summary>
internal sealed class StatementException(string message) : Exception(message);
