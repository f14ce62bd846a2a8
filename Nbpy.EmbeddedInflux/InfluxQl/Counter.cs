namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>What <see cref="ServerFacts"/> counts.</summary>
internal enum Counter
{
    Requests,
    RequestNanoseconds,
    Queries,
    QueryNanoseconds,
    Writes,
    WritesOk,
    WritesFailed,
    WriteNanoseconds,
    WriteBytes,
    PointsOk,
    PointsFailed,
    PrometheusWrites,
    PrometheusReads,
    Pings,
    StatusRequests,
    AuthFailures,
    ClientErrors,
    ServerErrors,
    StatementsExecuted,
    StatementsFinished,
    StatementNanoseconds,
    ContinuousQueriesOk,
    ContinuousQueriesFailed,
}
