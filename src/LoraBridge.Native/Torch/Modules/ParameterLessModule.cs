using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A module with nothing to train and nothing to move.</summary>
public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>
{
    protected ParameterLessModule(string name) : base(name)
    {
    }

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw NoComponents(name);

    public override void register_parameter(string name, Parameter param) => throw NoComponents(name);

    public override void register_module(string name, nn.Module submodule) => throw NoComponents(name);

    private InvalidOperationException NoComponents(string component) => new($"{GetName()} has no parameters, so '{component}' cannot be registered with it.");
}
