namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>A statement of InfluxQL.</summary>
internal abstract record Statement
{
    /// <summary>True when it changes what is stored.</summary>
    public virtual bool Writes => true;

    /// <summary>The statement's own text.</summary>
    public string Text { get; init; } = "";
}

/// <summary>A column of SELECT.</summary>
internal sealed record Field(Expr Expr, string? Alias);

/// <summary>What FROM names: a measurement, a pattern of measurements or a subquery.</summary>
internal abstract record Source;

/// <summary>A measurement by name or, with <paramref name="IsRegex"/>, by pattern. Null database or policy: the default.</summary>
internal sealed record MeasurementSource(string? Database, string? Policy, string Name, bool IsRegex) : Source;

internal sealed record SubquerySource(SelectStatement Select) : Source;

/// <summary>How empty intervals are filled.</summary>
internal enum FillKind
{
    Null,
    None,
    Previous,
    Linear,
    Number,
}

internal sealed record SelectStatement(IReadOnlyList<Field> Fields, IReadOnlyList<Source> Sources) : Statement
{
    public MeasurementSource? Into { get; init; }

    public Expr? Where { get; init; }

    /// <summary>Tags (<see cref="VarRef"/>), <see cref="Wildcard"/>, <see cref="RegexLiteral"/> and <c>time(…)</c>.</summary>
    public IReadOnlyList<Expr> Dimensions { get; init; } = [];

    public FillKind Fill { get; init; } = FillKind.Null;

    public object? FillValue { get; init; }

    public bool Descending { get; init; }

    /// <summary>True when ORDER BY is written, in whichever direction.</summary>
    public bool Ordered { get; init; }

    public long? Limit { get; init; }

    public long Offset { get; init; }

    public long? SeriesLimit { get; init; }

    public long SeriesOffset { get; init; }

    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    public override bool Writes => Into is not null;
}

/// <summary>What a SHOW statement lists.</summary>
internal enum ShowKind
{
    Databases,
    RetentionPolicies,
    Measurements,
    Series,
    TagKeys,
    TagValues,
    FieldKeys,
    SeriesCardinality,
    MeasurementCardinality,
    TagKeyCardinality,
    TagValuesCardinality,
    FieldKeyCardinality,
    Users,
    Queries,
    ContinuousQueries,
    Stats,
    Diagnostics,
    Shards,
    ShardGroups,
    Subscriptions,
    Grants,
}

internal sealed record ShowStatement(ShowKind Kind) : Statement
{
    public string? Database { get; init; }

    /// <summary>Whose grants are asked for.</summary>
    public string? User { get; init; }

    /// <summary>The part of SHOW STATS and SHOW DIAGNOSTICS that is asked for.</summary>
    public string? Module { get; init; }

    public bool Exact { get; init; }

    public IReadOnlyList<MeasurementSource> Sources { get; init; } = [];

    /// <summary>Decides about a tag key (WITH KEY).</summary>
    public Func<string, bool>? Keys { get; init; }

    /// <summary>WITH KEY as written, names quoted where they must be.</summary>
    public string KeysText { get; init; } = "";

    public Expr? Where { get; init; }

    /// <summary>GROUP BY of the forms that count.</summary>
    public IReadOnlyList<Expr> Dimensions { get; init; } = [];

    public long? Limit { get; init; }

    public long Offset { get; init; }

    public override bool Writes => false;
}

internal sealed record CreateDatabaseStatement(string Name, PolicyOptions? Policy) : Statement;

internal sealed record DropDatabaseStatement(string Name) : Statement;

/// <summary>What CREATE and ALTER say of a policy; null: nothing said.</summary>
internal sealed record PolicyOptions(string? Name, long? Duration, long? Shard, int? Replicas, bool Default);

internal sealed record RetentionPolicyStatement(bool Create, string Database, PolicyOptions Policy) : Statement;

internal sealed record DropRetentionPolicyStatement(string Name, string Database) : Statement;

internal sealed record DropMeasurementStatement(string Name) : Statement;

internal sealed record DropShardStatement(long Id) : Statement;

/// <summary>CREATE SUBSCRIPTION.</summary>
/// <param name="Mode">ALL or ANY.</param>
internal sealed record CreateSubscriptionStatement(
    string Name, string Database, string Policy, string Mode, IReadOnlyList<string> Destinations) : Statement;

internal sealed record DropSubscriptionStatement(string Name, string Database, string Policy) : Statement;

/// <summary>DELETE or, with <paramref name="Series"/>, DROP SERIES.</summary>
internal sealed record DeleteStatement(bool Series, IReadOnlyList<MeasurementSource> Sources, Expr? Where) : Statement;
