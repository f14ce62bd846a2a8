using System.Text.Json.Serialization;
using Nbpy.Subscribers.Filtering;

namespace Nbpy.Subscribers;

/// <summary>The checkpoints as JSON, with code made beforehand: one is written every second.</summary>
[JsonSerializable(typeof(Checkpoint))]
[JsonSerializable(typeof(FilterCheckpoint))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
