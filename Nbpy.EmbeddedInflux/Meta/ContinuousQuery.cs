namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>A continuous query as it is kept.</summary>
/// <param name="Database">The database it belongs to.</param>
/// <param name="Name">Its name, unique in the database.</param>
/// <param name="Text">The whole CREATE CONTINUOUS QUERY, every name spelled out.</param>
public sealed record ContinuousQuery(string Database, string Name, string Text);
