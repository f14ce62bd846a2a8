namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>What a part of the server counts, under InfluxDB's names.</summary>
/// <param name="Tags">Tell parts of one name apart; null: there is one.</param>
internal sealed record Statistic(string Name, IReadOnlyDictionary<string, string>? Tags, IReadOnlyList<(string Name, long Value)> Values);
