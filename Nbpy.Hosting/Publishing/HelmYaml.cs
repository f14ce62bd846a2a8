using Nbpy.Hosting.Kubernetes.Resources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;

namespace Nbpy.Hosting.Publishing;

/// <summary>Objects as the text of a chart's files: values that are texts stand in double quotes, so that a template's expression in them is none
/// of YAML's.</summary>
internal static class HelmYaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithTypeConverter(new NumberOrName())
        .WithEventEmitter(next => new QuotedValues(next))
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .DisableAliases()
        .WithNewLine("\n")
        .WithIndentedSequences()
        .Build();

    public static string Serialize(object value) => Serializer.Serialize(value);

    private sealed class NumberOrName : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(Int32OrStringV1);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) => throw new NotSupportedException("Charts are written only.");

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer)
        {
            var either = (Int32OrStringV1)value!;
            emitter.Emit(new Scalar(null, null, either.Value ?? "", either.Number is null ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain, true, true));
        }
    }

    private sealed class QuotedValues(IEventEmitter next) : ChainedEventEmitter(next)
    {
        // For each open collection: true where the next scalar is a value. In a sequence it always is.
        private readonly Stack<(bool IsMapping, bool IsValue)> open = [];

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (open.TryPeek(out var at) && (!at.IsMapping || at.IsValue) && eventInfo.Source.Type == typeof(string) && eventInfo.Source.Value is not null)
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            Next();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingStartEventInfo eventInfo, IEmitter emitter)
        {
            Next();
            open.Push((true, false));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingEndEventInfo eventInfo, IEmitter emitter)
        {
            open.Pop();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceStartEventInfo eventInfo, IEmitter emitter)
        {
            Next();
            open.Push((false, true));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceEndEventInfo eventInfo, IEmitter emitter)
        {
            open.Pop();
            base.Emit(eventInfo, emitter);
        }

        private void Next()
        {
            if (open.TryPop(out var at))
                open.Push((at.IsMapping, !at.IsMapping || !at.IsValue));
        }
    }
}
