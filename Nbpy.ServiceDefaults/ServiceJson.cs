using System.Text.Json.Serialization;

namespace Nbpy.ServiceDefaults;

/// <summary>What a service says of itself in JSON, with code made beforehand: reflection costs each of fifteen processes time and memory at its start.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, long>))]
[JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class ServiceJson : JsonSerializerContext;
