using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>
/// Every member that the binding publishes is used by a conformance test, overload by overload: the tests' own
/// compiled code is read for what it calls.
/// </summary>
public sealed class MemberCoverageTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Type[] s_networks = [typeof(torch.nn), typeof(torch.optim)];

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Fact]
    public void EveryPublishedMember_IsUsedByAConformanceTest()
    {
        var used = typeof(MemberCoverageTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(PlainValues).Namespace)
            .SelectMany(type => type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
            .SelectMany(Uses).Select(Key).ToHashSet();

        var unused = ApiSurface.VisibleTypes(typeof(torch).Assembly).Where(IsCore).SelectMany(Members).Where(member => !used.Contains(Key(member)));

        var names = unused.Select(member => $"{member.DeclaringType!.FullName!.Replace('+', '.')}: {member}").Order(StringComparer.Ordinal).ToArray();
        Assert.True(names.Length == 0, $"{names.Length} members are used by no conformance test:\n" + string.Join("\n", names));
    }

    // The modules, optimisers and functions of networks have tests by subject; the core is held to every overload.
    private static bool IsCore(Type type) => type.Namespace == "TorchSharp" && type != typeof(ModuleExtensionMethods)
        && !s_networks.Any(outer => type.FullName!.StartsWith(outer.FullName!, StringComparison.Ordinal));

    // Constants leave no trace in code; overrides and Dispose are called through what declares them first.
    private static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(member => member switch
    {
        FieldInfo { IsLiteral: false, IsSpecialName: false } => ApiSurface.IsPublished(member),
        ConstructorInfo => ApiSurface.IsPublished(member) && !type.IsAbstract,
        MethodInfo method => method.IsPublic && method.GetBaseDefinition() == method && method.Name != nameof(IDisposable.Dispose),
        _ => false,
    });

    private static (Module, int) Key(MemberInfo member) => (member.Module, member.MetadataToken);

    // Walks a method's code: one or two bytes of operation, then its operand, of which tokens of members are of interest.
    private static IEnumerable<MemberInfo> Uses(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var operation = code[at] == 0xFE ? s_codes[(short)(0xFE00 | code[at + 1])] : s_codes[code[at]];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok)
                if (method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments) is { } member)
                    yield return member;
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
