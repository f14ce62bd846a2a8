using System.Text.Json.Serialization;
using Nbpy.EmbeddedInflux.Backup;

namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>The small files of the store as JSON, with code made beforehand: a trimmed program (docker/publish.sh) has lost what reflection would
/// make immutable collections with.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(MetaState))]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class MetaJson : JsonSerializerContext;
