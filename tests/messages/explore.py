import sys, time, warnings, traceback
sys.path.insert(0, '.')
import message_table
for m in sys.argv[1].split(','):
    __import__('cases_'+m)
only = sys.argv[2].split(',') if len(sys.argv)>2 else None
bad = 0; n=0
for c in message_table.CASES:
    if only and c.name not in only: continue
    n+=1
    t=time.time(); text=None; et=None
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter('always')
        try:
            c.code()
        except BaseException as e:
            et=type(e); text='\n'.join([str(e), *getattr(e,'__notes__',[])]); err=e
        dt=time.time()-t
        if c.outcome is UserWarning and et is None:
            texts=[str(x.message) for x in w if issubclass(x.category, UserWarning)]
            if texts: et=UserWarning; text="\n".join(texts)
    want = c.outcome if isinstance(c.outcome, tuple) else (c.outcome,)
    prob=[]
    if et is None: prob.append('SILENT')
    elif not issubclass(et, want): prob.append('TYPE')
    elif et in (KeyError, AttributeError, IndexError): prob.append('DEEP')
    if text is not None:
        if len(text)>600: prob.append(f'LONG {len(text)}')
        miss=[s for s in c.says if s not in text]
        if miss: prob.append(f'MISSING {miss}')
    if dt>1: prob.append(f'SLOW {dt:.1f}')
    if prob:
        bad+=1
        print(f'### {c.topic}.{c.name}: {"; ".join(prob)}')
        print('   ', et and et.__name__, ':', (text or '')[:700].replace('\n','\n     '))
        if et and '-t' in sys.argv: traceback.print_exception(err)
    elif '-v' in sys.argv:
        print(f'--- ok {c.name}: {et.__name__}: {text}')
print(n, 'cases', bad, 'bad')
