using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Goldens;

/// <summary>Sees what a module returns, whatever it is called with, until disposed.</summary>
internal sealed class ModuleWatch : IDisposable
{
    private readonly Action _stop;

    public ModuleWatch(Module module, Action<Tensor> see)
    {
        _stop = module switch
        {
            Module<Tensor, Tensor> one => one.register_forward_hook((_, _, y) => Seen(y)).remove,
            Module<Tensor, Tensor, Tensor> two => two.register_forward_hook((_, _, _, y) => Seen(y)).remove,
            Module<Tensor, Tensor, Tensor, Tensor> three => three.register_forward_hook((_, _, _, _, y) => Seen(y)).remove,
            _ => throw new ArgumentException($"A {module.GetName()} cannot be watched.", nameof(module)),
        };

        Tensor Seen(Tensor y)
        {
            see(y);
            return y;
        }
    }

    public void Dispose() => _stop();
}
